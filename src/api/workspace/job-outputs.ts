import { isTerminal } from '../../core/lifecycle/status.ts'
import { artifactUri } from '../../core/plan/place.ts'
import { type JobRow, listDescendants } from '../../store/jobs.ts'
import type { Services } from '../services.ts'
import { stepBelow } from './job-view.ts'

/** One output of a job or of a job below it. */
export interface ListedOutput {
  readonly name: string
  /** Dotted path of the child it belongs to; absent for the job's own. */
  readonly step?: string
  readonly type: string
  readonly path: string
  /** Where it is on the server's machine. */
  readonly local_path: string
  readonly asset?: string
  readonly is_partial?: boolean
}

/** Outputs of a job, then those of everything below it in the order of the file. */
export function listOutputs(services: Services, job: JobRow): ListedOutput[] {
  const below = listDescendants(services.db, job.name)
  return [
    ...outputsOf(services, job, job),
    ...below.flatMap((child) => outputsOf(services, child, job)),
  ]
}

function outputsOf(services: Services, job: JobRow, root: JobRow): ListedOutput[] {
  const step = stepBelow(job, root)
  return Object.entries(job.outputs).map(([name, { type, uri, asset, is_partial }]) => ({
    name,
    ...(step === '' ? {} : { step }),
    type,
    path: uri,
    local_path: services.places.locate(uri),
    ...(asset === undefined ? {} : { asset: `${asset.name}:${asset.version}` }),
    ...(is_partial ? { is_partial } : {}),
  }))
}

/** Folder of what a job keeps besides its outputs: `outputs/`, `logs/`, logged artifacts. May not exist. */
export function artifactFolder({ places }: Services, job: JobRow): string {
  return places.locate(artifactUri(job.reusedFrom ?? job.name))
}

/** True for a job whose files do not change any more. */
export function hasEnded(job: JobRow): boolean {
  return isTerminal(job.status)
}
