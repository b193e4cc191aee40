import { fold, type JobError, type JobEvent, type JobState, type Outputs } from './event.ts'
import { isTerminal, MOVES } from './status.ts'

/** A lost attempt is nobody's fault and is tried again; after this many losses the job fails. */
export const MAX_LOSSES = 3

/** What the engine saw or wants. Facts only: what they mean for a job is `decide`'s to say. */
export type JobObservation =
  /** What it reads is there, but its environment is not. */
  | { readonly type: 'preparing'; readonly reason: string }
  /** It may be started: as this attempt, a UUID made by the caller. */
  | { readonly type: 'ready'; readonly attempt: string; readonly reason: string }
  | { readonly type: 'waiting'; readonly reason: string }
  /** Its process runs; `attempt` is null for a job that only has children. */
  | { readonly type: 'running'; readonly attempt: string | null }
  | {
      readonly type: 'exited'
      readonly attempt: string
      readonly code: number | null
      readonly stopped?: 'cancel' | 'timeLimit'
      /** What is to be said if it was stopped by its time limit. */
      readonly limit?: string
      readonly outputs: Outputs
      /** What went wrong: exit code, signal, an output that is missing. Absent: nothing did. */
      readonly error?: JobError
    }
  /** `next` is the attempt to make in its place. */
  | {
      readonly type: 'lost'
      readonly attempt: string
      readonly cause: string
      readonly next: string
      readonly outputs: Outputs
    }
  | { readonly type: 'reused'; readonly from: string; readonly outputs: Outputs }
  /** `isIdle`: no attempt and no child of it is open, so nothing has to end first. */
  | { readonly type: 'cancel'; readonly reason: string; readonly isIdle: boolean }
  /** Nothing of it will happen, because of another job or its environment. */
  | { readonly type: 'blocked'; readonly reason: string }
  | { readonly type: 'failed'; readonly error: JobError; readonly outputs?: Outputs }
  /** All children have ended, or its controller is done. */
  | { readonly type: 'finished'; readonly outputs: Outputs }
  | { readonly type: 'stopped'; readonly reason: string; readonly outputs?: Outputs }

/** Work outside the database that follows from a transition. Carried out at least once. */
type Intent =
  | { readonly type: 'submit'; readonly attempt: string }
  | { readonly type: 'cancel'; readonly attempt: string }

/** One step of a job's state: written as a whole or not at all. */
export interface Transition {
  readonly job: string
  readonly fromSeq: number
  readonly atMs: number
  readonly state: JobState
  readonly events: readonly JobEvent[]
  readonly intents: readonly Intent[]
}

interface Decision {
  readonly events: readonly JobEvent[]
  readonly intents?: readonly Intent[]
}

/**
 * The only writer of statuses: what becomes of a job that is in `state` when `seen` is observed at `atMs`.
 * Undefined when it changes nothing: the job has ended, or the observation is of an attempt that no longer counts.
 *
 * @throws Error when the outcome is a move outside `MOVES`; that is a bug.
 */
export function decide(
  job: { readonly name: string; readonly state: JobState },
  seen: JobObservation,
  atMs: number,
): Transition | undefined {
  const { state } = job
  if (isTerminal(state.status)) return undefined
  const decision = decideEvents(state, seen)
  if (decision === undefined) return undefined
  const { events, intents = [] } = decision
  return {
    job: job.name,
    fromSeq: state.seq,
    atMs,
    events,
    intents,
    state: next(job, events, atMs),
  }
}

function next(
  job: { readonly name: string; readonly state: JobState },
  events: readonly JobEvent[],
  atMs: number,
): JobState {
  return events.reduce((state, event) => {
    const after = fold(state, event, atMs)
    if (after.status !== state.status && !MOVES[state.status].includes(after.status))
      throw new Error(`job ${job.name} cannot go from ${state.status} to ${after.status}`)
    return after
  }, job.state)
}

function decideEvents(state: JobState, seen: JobObservation): Decision | undefined {
  switch (seen.type) {
    case 'preparing':
      return isWaiting(state) ? { events: [seen] } : undefined
    case 'ready':
      return isWaiting(state) ? queue(seen.attempt, seen.reason) : undefined
    case 'waiting':
      return canWait(state, seen.reason) ? { events: [seen] } : undefined
    case 'running':
      return decideRunning(state, seen.attempt)
    case 'exited':
      return state.attempt === seen.attempt ? decideExited(state, seen) : undefined
    case 'lost':
      return state.attempt === seen.attempt ? decideLost(state, seen) : undefined
    case 'reused':
      return { events: [seen] }
    case 'cancel':
      return decideCancel(state, seen.reason, seen.isIdle)
    case 'blocked':
      return { events: [{ type: 'canceled', reason: seen.reason, outputs: {} }] }
    case 'failed':
      return decideFailed(state, seen.error, seen.outputs ?? {})
    case 'finished':
      return decideFinished(state, seen.outputs)
    case 'stopped':
      return { events: [{ type: 'canceled', reason: seen.reason, outputs: seen.outputs ?? {} }] }
  }
}

const isWaiting = ({ status }: JobState) =>
  status === 'NotStarted' || status === 'Starting' || status === 'Preparing'

const canWait = (state: JobState, reason: string) =>
  state.reason !== reason && state.status !== 'CancelRequested' && state.status !== 'Finalizing'

const queue = (attempt: string, reason: string): Decision => ({
  events: [{ type: 'queued', attempt, reason }],
  intents: [{ type: 'submit', attempt }],
})

function decideRunning(state: JobState, attempt: string | null): Decision | undefined {
  const isNews =
    attempt === null ? isWaiting(state) : state.status === 'Queued' && state.attempt === attempt
  return isNews ? { events: [{ type: 'running', attempt }] } : undefined
}

type Exited = Extract<JobObservation, { type: 'exited' }>

function decideExited(state: JobState, seen: Exited): Decision {
  const { outputs, error, stopped } = seen
  if (state.status === 'CancelRequested')
    return { events: [{ type: 'canceled', reason: state.reason ?? 'cancelled', outputs }] }
  const started: JobEvent[] =
    state.status === 'Queued' ? [{ type: 'running', attempt: seen.attempt }] : []
  if (stopped === 'timeLimit') {
    const reason = seen.limit ?? 'its time limit was reached'
    return { events: [...started, { type: 'canceled', reason, outputs }] }
  }
  if (stopped === 'cancel')
    return { events: [...started, { type: 'canceled', reason: 'stopped from outside', outputs }] }
  if (error !== undefined) return { events: [...started, { type: 'failed', error, outputs }] }
  return { events: [...started, { type: 'finalizing' }, { type: 'completed', outputs }] }
}

type Lost = Extract<JobObservation, { type: 'lost' }>

function decideLost(state: JobState, seen: Lost): Decision {
  const { attempt, cause, outputs } = seen
  if (state.status === 'CancelRequested')
    return { events: [{ type: 'canceled', reason: state.reason ?? 'cancelled', outputs }] }
  const lost = { type: 'lost', attempt, cause } as const
  const losses = state.losses + 1
  if (losses < MAX_LOSSES) {
    const again = queue(seen.next, `starting again, the last attempt was lost: ${cause}`)
    return { events: [lost, ...again.events], intents: again.intents ?? [] }
  }
  const error = {
    code: 'SystemError',
    message: `${losses} attempts were lost, the last one by this cause: ${cause}`,
  }
  return { events: [lost, { type: 'failed', error, outputs }] }
}

function decideCancel(state: JobState, reason: string, isIdle: boolean): Decision | undefined {
  if (state.status === 'CancelRequested') return undefined
  const requested = { type: 'cancelRequested', reason } as const
  if (isIdle) return { events: [requested, { type: 'canceled', reason, outputs: {} }] }
  if (state.attempt === null) return { events: [requested] }
  return { events: [requested], intents: [{ type: 'cancel', attempt: state.attempt }] }
}

function decideFailed(state: JobState, error: JobError, outputs: Outputs): Decision {
  if (state.status === 'CancelRequested')
    return { events: [{ type: 'canceled', reason: state.reason ?? 'cancelled', outputs }] }
  return { events: [{ type: 'failed', error, outputs }] }
}

function decideFinished(state: JobState, outputs: Outputs): Decision {
  if (state.status === 'CancelRequested')
    return { events: [{ type: 'canceled', reason: state.reason ?? 'cancelled', outputs }] }
  const started: JobEvent[] = isWaiting(state) ? [{ type: 'running', attempt: null }] : []
  return { events: [...started, { type: 'finalizing' }, { type: 'completed', outputs }] }
}
