/** Azure's own strings, read from its Python client; there is no second vocabulary. */
export const STATUSES = [
  'NotStarted',
  'Starting',
  'Provisioning',
  'Preparing',
  'Queued',
  'Running',
  'Finalizing',
  'CancelRequested',
  'Completed',
  'Failed',
  'Canceled',
  'NotResponding',
  'Paused',
  'Unknown',
] as const
export type JobStatus = (typeof STATUSES)[number]

const ENDS = ['CancelRequested', 'Completed', 'Failed', 'Canceled'] as const

/**
 * Every move a job may make. `Running` to `Queued` is a lost attempt that is tried again; `NotResponding`,
 * `Paused` and `Unknown` are read from Azure's clients and never entered here.
 */
export const MOVES: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  NotStarted: ['Starting', 'Preparing', 'Queued', 'Running', ...ENDS],
  Starting: ['Preparing', 'Queued', 'Running', ...ENDS],
  Provisioning: ['Queued', 'Running', ...ENDS],
  Preparing: ['Queued', 'Running', ...ENDS],
  Queued: ['Provisioning', 'Running', 'Finalizing', ...ENDS],
  Running: ['Queued', 'Finalizing', ...ENDS],
  Finalizing: ['Queued', ...ENDS],
  CancelRequested: ['Canceled'],
  Completed: [],
  Failed: [],
  Canceled: [],
  NotResponding: [],
  Paused: [],
  Unknown: [],
}

const TERMINAL: readonly string[] = ['Completed', 'Failed', 'Canceled', 'NotResponding', 'Paused']

/** Whether a job of this status has ended for good. */
export function isTerminal(status: string): boolean {
  return TERMINAL.includes(status)
}
