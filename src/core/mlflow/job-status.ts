import { isTerminal, type JobStatus } from '../lifecycle/status.ts'

/** Status of a run by status of its job, as Azure's MLflow service maps them. */
const RUN_STATUS_OF_JOB: Readonly<Record<string, string>> = {
  NotStarted: 'SCHEDULED',
  Queued: 'SCHEDULED',
  Starting: 'SCHEDULED',
  Provisioning: 'SCHEDULED',
  Preparing: 'SCHEDULED',
  Paused: 'SCHEDULED',
  Running: 'RUNNING',
  Finalizing: 'RUNNING',
  CancelRequested: 'RUNNING',
  NotResponding: 'RUNNING',
  Unknown: 'RUNNING',
  Completed: 'FINISHED',
  Failed: 'FAILED',
  Canceled: 'KILLED',
}

/** What `run.info.status` says for a job in this status. */
export function runStatusOfJob(status: string): string {
  return RUN_STATUS_OF_JOB[status] ?? 'RUNNING'
}

/**
 * The lifecycle of a job's run; undefined when it stays as it is. A job is archived on one side and deleted on the other; one
 * that runs goes on logging, which a deleted run may not.
 */
export function lifecycleOfJob(job: JobFacts): 'active' | 'deleted' | undefined {
  if (!job.archived) return 'active'
  return isTerminal(job.status) ? 'deleted' : undefined
}

/** What of a job its run shows. */
export interface JobFacts {
  readonly name: string
  readonly parent: string | null
  readonly root: string
  readonly type: string
  readonly status: JobStatus
  readonly displayName: string
  readonly experiment: string
  readonly createdMs: number
  readonly startedMs: number | null
  readonly endedMs: number | null
  readonly reusedFrom: string | null
  readonly archived: boolean
  readonly tags: Readonly<Record<string, string>>
  readonly properties: Readonly<Record<string, string>>
}

/** Tags that belong to MLflow: a job does not show them as its own. */
export function isSystemTag(key: string): boolean {
  return key.startsWith('mlflow.')
}

/** The system tags of a job's run, as Azure sets them. */
export function systemTagsOfJob(job: JobFacts, owner: string): ReadonlyMap<string, string> {
  const tags = new Map([
    ['mlflow.user', owner],
    ['mlflow.source.type', 'JOB'],
    ['mlflow.source.name', job.type],
    ['mlflow.runName', job.displayName],
  ])
  if (job.parent !== null) tags.set('mlflow.parentRunId', job.parent)
  if (job.root !== job.name) tags.set('mlflow.rootRunId', job.root)
  if (job.reusedFrom !== null) tags.set('mlflow.reusedFromRunId', job.reusedFrom)
  for (const [key, value] of Object.entries(job.properties))
    if (key.startsWith('mlflow.source.git.')) tags.set(key, value)
  return tags
}
