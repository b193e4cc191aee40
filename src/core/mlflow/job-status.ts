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
