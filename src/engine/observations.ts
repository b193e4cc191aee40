import type { Observation } from '../compute/executor.ts'
import type { JobObservation } from '../core/lifecycle/decide.ts'
import { deleteIntents, endAttempt, startAttempt } from '../store/attempts.ts'
import type { EngineDeps } from './deps.ts'
import type { LiveJob } from './live.ts'
import { collectAttempt, type Ended, type Outcome } from './outcome.ts'
import { isPassing } from './passing.ts'
import { type Turn, toJobError, type World } from './turn.ts'

type Exited = Extract<Observation, { state: 'exited' }>
type Lost = Extract<Observation, { state: 'lost' }>

/** Takes what an executor saw into account. Attempts that no longer count are not listened to. */
export function takeObservation(world: World, turn: Turn, seen: Observation): void {
  const { deps, live } = world
  const job = live.ofAttempt(seen.attemptId)
  if (job === undefined) return
  const { db } = deps
  switch (seen.state) {
    case 'queued':
      if (seen.reason !== undefined && job.state.status === 'Queued')
        turn.observe(job, { type: 'waiting', reason: seen.reason })
      return
    case 'running':
      startAttempt(db, seen.attemptId, seen.atMs)
      turn.observe(job, { type: 'running', attempt: seen.attemptId }, seen.atMs)
      return
    case 'exited':
      takeExit(world, turn, job, seen)
      return
    case 'notStarted':
      endAttempt(db, seen.attemptId, { atMs: seen.atMs, end: 'notStarted' })
      turn.fail(job, {
        code: 'StorageFailure',
        message: `it could not be started: ${seen.message}`,
      })
      return
    case 'lost':
      takeLoss(world, turn, job, seen)
      return
  }
}

function takeExit({ deps, plans }: World, turn: Turn, job: LiveJob, seen: Exited): void {
  const { attemptId: attempt, code, signal, stopped, atMs } = seen
  const plan = plans.read(deps.db, job.name, attempt)
  if (plan === undefined) throw new Error(`job ${job.name} has no plan`)
  const wasStopped = stopped !== undefined || job.state.status === 'CancelRequested'
  const { outputs, error } = collect(deps, { plan, attempt, code, signal, wasStopped })
  endAttempt(deps.db, attempt, { atMs, exitCode: code, signal, end: stopped ?? 'exited' })
  const seconds = plan.process?.timeoutSeconds
  const exited: JobObservation = {
    type: 'exited',
    attempt,
    code,
    outputs,
    ...(stopped !== undefined && { stopped }),
    ...(seconds !== undefined && { limit: timeoutReason(seconds) }),
    ...(error !== undefined && { error }),
  }
  turn.observe(job, exited, atMs)
}

/** A place that cannot be written to now is tried again with the turn; any other trouble is the job's end. */
function collect(deps: EngineDeps, ended: Ended): Outcome {
  try {
    return collectAttempt(deps, ended)
  } catch (error) {
    if (isPassing(error)) throw error
    const { message } = toJobError(error)
    const text = `what it wrote could not be put in its place: ${message}`
    return { outputs: {}, error: { code: 'StorageFailure', message: text } }
  }
}

export const timeoutReason = (seconds: number) => `limits.timeout of ${seconds} s was reached`

function takeLoss({ deps }: World, turn: Turn, job: LiveJob, seen: Lost): void {
  const { attemptId: attempt, cause, atMs } = seen
  endAttempt(deps.db, attempt, { atMs, end: `lost: ${cause}` })
  deleteIntents(deps.db, attempt)
  const next = deps.makeId()
  turn.observe(job, { type: 'lost', attempt, cause: CAUSES[cause], next, outputs: {} }, atMs)
  if (job.state.attempt === next && job.state.endedMs === null) turn.recordAttempt(job, next)
}

const CAUSES: Readonly<Record<Lost['cause'], string>> = {
  node: 'its node failed',
  preempted: 'its place was given to another job',
  memory: 'the engine stopped it for lack of memory',
  gone: 'its process is gone and left no exit code',
  canceledOutside: 'it was stopped in the engine, not through amlet',
  reboot: 'the machine was started again',
}
