import type { JobError, Outputs } from '../core/lifecycle/event.ts'
import type { JobPlan } from '../core/plan/job-plan.ts'
import type { JobRow } from '../store/jobs.ts'

/**
 * Runs a job that makes children while it runs: a sweep or a parallel job. Every call happens on the engine's
 * thread inside a transaction that commits what the controller does together with what it was told, so it must
 * not wait. It keeps nothing in memory that `state` does not hold: after a crash `resume` is called instead of
 * `start`, and everything told before that was committed is in the rows.
 */
export interface JobController {
  /** `sweep`, `parallel`. */
  readonly type: string
  /** The inputs of the job are there: make the first children, or finish. */
  start(job: ControlledJob, actions: ControllerActions): void
  /** The server was started again while this job was running. */
  resume(job: ControlledJob, actions: ControllerActions): void
  onChildEnded(job: ControlledJob, child: JobRow, actions: ControllerActions): void
  /** A child has logged metrics, see `Engine.noteMetrics`. */
  onMetrics?(job: ControlledJob, child: JobRow, actions: ControllerActions): void
  /** Called about every second while the job runs, when the controller has one. */
  onTick?(job: ControlledJob, actions: ControllerActions): void
  /** The job is to end: its children are being cancelled. It ends Canceled when the last one has. */
  onCancel?(job: ControlledJob, actions: ControllerActions): void
}

export interface ControlledJob {
  readonly row: JobRow
  readonly plan: JobPlan
}

/** What a controller may do. All of it belongs to the transaction of the call. */
export interface ControllerActions {
  readonly atMs: number
  /** Adds children, in order; they start when what they need is there. Parents of `plans` are the job or each other. */
  createChildren(plans: readonly JobPlan[]): void
  children(): readonly JobRow[]
  /** Ends the job; children still open are cancelled first, the outcome is kept until the last one has ended. */
  finish(outcome: ControllerOutcome): void
  cancelChild(name: string, reason: string): void
  /** What people read while it runs: "12 of 40 trials, best loss 0.031". */
  setReason(reason: string): void
  /** `onTick` is called in a turn that comes next: others are served in between. */
  askAgain(): void
  readState(key: string): string | undefined
  writeState(key: string, value: string): void
}

export type ControllerOutcome =
  | { readonly status: 'Completed'; readonly outputs: Outputs }
  | { readonly status: 'Failed'; readonly error: JobError; readonly outputs?: Outputs }
  | { readonly status: 'Canceled'; readonly reason: string; readonly outputs?: Outputs }
