import type { JobEntity } from '../../core/entity.ts'
import { MACHINE_ENVIRONMENT } from '../../core/environment/machine.ts'
import { AmletError } from '../../core/errors.ts'
import { didYouMean } from '../../core/suggest.ts'
import type { SubmitOptions } from '../../engine/submission.ts'
import { type JobRow, listDescendants } from '../../store/jobs.ts'
import { getPlan } from '../../store/plans.ts'
import type { Services } from '../services.ts'
import { findJob } from './find-job.ts'
import { type Submission, submitJob } from './submit.ts'

interface Resumed {
  readonly job: JobRow
  /** What resumes a job runs where that ran. */
  readonly environment: Pick<Submission, 'environment'>
  readonly options: SubmitOptions
}

/**
 * What a submission has to say to take over the completed steps of `resumes`.
 *
 * @throws AmletError `InvalidState` for a step, and for a job that has not ended; `ResourceNotFound`.
 */
export function resumable(
  services: Services,
  { resumes, from }: { readonly resumes: string; readonly from?: string | undefined },
): Resumed {
  const job = findJob(services.db, resumes)
  if (job.parent !== null)
    throw new AmletError({
      code: 'InvalidState',
      message: `job ${job.name} is a step of ${job.root}; whole jobs are resumed`,
      hint: `amlet job resume -n ${job.root}`,
    })
  if (job.endedMs === null)
    throw new AmletError({
      code: 'InvalidState',
      message: `job ${job.name} is ${job.status}; only a job that has ended can be resumed`,
      hint: `wait for it, or cancel it: amlet job cancel -n ${job.name}`,
    })
  if (from !== undefined) expectStep(services, job, from)
  return {
    job,
    environment: ranOnMachine(services, job) ? { environment: 'machine' } : {},
    options: { resumes: job.name, ...(from === undefined ? {} : { from }) },
  }
}

/** The job once more, as it was submitted. */
export async function resumeJob(
  services: Services,
  resumes: string,
  { name, from }: { readonly name?: string; readonly from?: string },
) {
  const { job, environment, options } = resumable(services, { resumes, from })
  const { name: _, ...entity } = job.entity as unknown as JobEntity
  const submission = {
    entity: { ...entity, ...(name === undefined ? {} : { name }) } as JobEntity,
    sources: { get: () => undefined },
    cwd: job.experiment,
    strict: false,
    ...environment,
  }
  return submitJob(services, submission, options)
}

/** Whether it was submitted with `--env machine`; what resumes it is to be alike. */
function ranOnMachine({ db }: Services, job: JobRow): boolean {
  const names = [job, ...listDescendants(db, job.name)].map(({ name }) => name)
  return names.some(
    (name) => getPlan(db, name)?.process?.environment.digest === MACHINE_ENVIRONMENT,
  )
}

function expectStep({ db }: Services, job: JobRow, step: string): void {
  const steps = listDescendants(db, job.name).map((child) => child.step)
  if (steps.includes(step)) return
  throw new AmletError({
    code: 'ResourceNotFound',
    message: `job ${job.name} has no step "${step}"`,
    hint: didYouMean(step, steps) ?? `its steps are ${steps.join(', ') || 'none'}`,
  })
}
