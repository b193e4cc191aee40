import type { JobStatus } from './status.ts'

/** The shape of stored events; readers of older ones stay for good. */
export const EVENT_SCHEMA = 1

/** Why a job failed, as `job show` prints it. */
export interface JobError {
  readonly code: string
  readonly message: string
  /** Dotted path of the child that failed, below the job that shows this. */
  readonly child?: string
  readonly exit_code?: number
  readonly signal?: string
  /** The last lines of its log. */
  readonly log?: readonly string[]
  readonly hint?: string
  /** The command that opens the attempt's folder and environment. */
  readonly shell?: string
}

/** Where an output is once it is there, and what it was registered as. */
export interface OutputRecord {
  readonly type: string
  readonly uri: string
  readonly mode?: string
  /** The bytes are what a failed or cancelled job left: to be looked at, never bound or registered. */
  readonly is_partial?: boolean
  readonly asset?: { readonly id: string; readonly name: string; readonly version: string }
}

export type Outputs = Readonly<Record<string, OutputRecord>>

/** What happened to a job, in order; a job's row is the fold of its events. */
export type JobEvent =
  | {
      readonly type: 'created'
      readonly status: JobStatus
      readonly reason: string | null
      readonly outputs: Outputs
    }
  | { readonly type: 'preparing'; readonly reason: string }
  | { readonly type: 'queued'; readonly attempt: string; readonly reason: string }
  | { readonly type: 'waiting'; readonly reason: string }
  | { readonly type: 'running'; readonly attempt: string | null }
  | { readonly type: 'finalizing' }
  | { readonly type: 'lost'; readonly attempt: string; readonly cause: string }
  | { readonly type: 'cancelRequested'; readonly reason: string }
  | { readonly type: 'reused'; readonly from: string; readonly outputs: Outputs }
  | { readonly type: 'completed'; readonly outputs: Outputs }
  | { readonly type: 'failed'; readonly error: JobError; readonly outputs: Outputs }
  | { readonly type: 'canceled'; readonly reason: string; readonly outputs: Outputs }

/** What a job is now, as far as its events decide it. */
export interface JobState {
  readonly status: JobStatus
  /** Number of its last event. */
  readonly seq: number
  /** Why it is in that status; null when there is nothing to say. */
  readonly reason: string | null
  /** Since when it is in that status for that reason. Milliseconds since 1970 UTC, as all `…Ms`. */
  readonly sinceMs: number
  readonly createdMs: number
  readonly startedMs: number | null
  readonly endedMs: number | null
  readonly outputs: Outputs
  readonly error: JobError | null
  /** The attempt whose results count. */
  readonly attempt: string | null
  /** How many attempts were made and how many of them were lost. */
  readonly attempts: number
  readonly losses: number
  readonly reusedFrom: string | null
}

const BEFORE: JobState = {
  status: 'NotStarted',
  seq: 0,
  reason: null,
  sinceMs: 0,
  createdMs: 0,
  startedMs: null,
  endedMs: null,
  outputs: {},
  error: null,
  attempt: null,
  attempts: 0,
  losses: 0,
  reusedFrom: null,
}

/** The state after `event`; `undefined` before is a job that does not exist yet. Total, never throws. */
export function fold(before: JobState | undefined, event: JobEvent, atMs: number): JobState {
  const state = before ?? BEFORE
  return { ...state, seq: state.seq + 1, ...changes(state, event, atMs) }
}

function changes(state: JobState, event: JobEvent, atMs: number): Partial<JobState> {
  const ended = (status: JobStatus, reason: string | null) => ({
    status,
    reason,
    sinceMs: atMs,
    endedMs: atMs,
  })
  switch (event.type) {
    case 'created':
      return {
        status: event.status,
        reason: event.reason,
        outputs: event.outputs,
        createdMs: atMs,
        sinceMs: atMs,
      }
    case 'preparing':
      return { status: 'Preparing', reason: event.reason, sinceMs: atMs }
    case 'queued':
      return {
        status: 'Queued',
        reason: event.reason,
        sinceMs: atMs,
        attempt: event.attempt,
        attempts: state.attempts + 1,
      }
    case 'waiting':
      return { reason: event.reason, sinceMs: atMs }
    case 'running':
      return {
        status: 'Running',
        reason: null,
        sinceMs: atMs,
        startedMs: state.startedMs ?? atMs,
      }
    case 'finalizing':
      return { status: 'Finalizing', reason: null, sinceMs: atMs }
    case 'lost':
      return { reason: `the attempt was lost: ${event.cause}`, losses: state.losses + 1 }
    case 'cancelRequested':
      return { status: 'CancelRequested', reason: event.reason, sinceMs: atMs }
    case 'reused':
      return {
        ...ended('Completed', `reused from ${event.from}`),
        outputs: event.outputs,
        reusedFrom: event.from,
      }
    case 'completed':
      return { ...ended('Completed', null), outputs: event.outputs }
    case 'failed':
      return {
        ...ended('Failed', event.error.message),
        error: event.error,
        outputs: event.outputs,
      }
    case 'canceled':
      return { ...ended('Canceled', event.reason), outputs: event.outputs }
  }
}
