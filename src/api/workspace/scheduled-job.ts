import type { SourceLookup } from '../../assets/pinner.ts'
import type { JobEntity } from '../../core/entity.ts'
import type { Services } from '../services.ts'
import { findJob } from './find-job.ts'

/**
 * The job of a schedule's `create_job`: itself, or the job that it names with what it changes.
 *
 * @throws AmletError `ResourceNotFound` for a job that is not there.
 */
export function scheduledJob({ db }: Services, given: object): JobEntity {
  const { job, ...changes } = given as Record<string, unknown>
  if (typeof job !== 'string') return given as JobEntity
  const { name: _, ...entity } = findJob(db, job.replace(/^azureml:/, '')).entity
  return { ...entity, ...changes } as unknown as JobEntity
}

/** Places of the job, in the file of the schedule. */
export function scheduledSources(sources: SourceLookup): SourceLookup {
  return { get: (path) => sources.get(path === '' ? 'create_job' : `create_job.${path}`) }
}
