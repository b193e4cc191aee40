import { isTerminal } from '../core/lifecycle/status.ts'
import type { JobPlan } from '../core/plan/job-plan.ts'
import { readControllerState, writeControllerState } from '../store/controller-state.ts'
import { getJob, listJobs } from '../store/jobs.ts'
import { getPlan } from '../store/plans.ts'
import type { ControlledJob, ControllerActions, ControllerOutcome } from './controllers.ts'
import type { LiveJob } from './live.ts'
import { isPassing } from './passing.ts'
import { insertPlans } from './submission.ts'
import { type Turn, toJobError, type World } from './turn.ts'

/** Where a controller's outcome waits until the last child has ended. */
const OUTCOME = 'amlet.outcome'

/** Calls controllers, and does what they ask for, within one turn. */
export class ControllerCalls {
  readonly #world: World
  readonly #turn: Turn

  constructor(world: World, turn: Turn) {
    this.#world = world
    this.#turn = turn
  }

  start(job: LiveJob, plan: JobPlan): void {
    const controller = this.#world.deps.controllers.get(job.type)
    if (controller === undefined) {
      const message = `jobs of type "${job.type}" cannot be run by this version of amlet`
      this.#turn.fail(job, { code: 'OperationNotSupported', message })
      return
    }
    this.#turn.observe(job, { type: 'running', attempt: null })
    this.#call(job, plan, (controlled, actions) => controller.start(controlled, actions))
  }

  resume(job: LiveJob): void {
    this.#with(job, (controlled, actions, controller) => controller.resume(controlled, actions))
  }

  tick(job: LiveJob): void {
    this.#with(job, (controlled, actions, controller) => controller.onTick?.(controlled, actions))
  }

  metrics(job: LiveJob, child: LiveJob): void {
    const row = getJob(this.#world.deps.db, child.name)
    if (row === undefined) return
    this.#with(job, (controlled, actions, controller) =>
      controller.onMetrics?.(controlled, row, actions),
    )
  }

  cancel(job: LiveJob): void {
    const { live } = this.#world
    if (job.state.attempt !== null) return
    this.#with(job, (controlled, actions, controller) => controller.onCancel?.(controlled, actions))
    const ups = live.treeOf(job).openChildren(job.name)
    if (ups.length === 0) this.#turn.observe(job, { type: 'finished', outputs: {} })
  }

  childEnded(job: LiveJob, child: LiveJob): void {
    if (isTerminal(job.state.status)) return
    const { deps, live } = this.#world
    const isOver = job.state.status === 'CancelRequested' || this.#outcome(job) !== undefined
    if (!isOver) {
      const row = getJob(deps.db, child.name)
      if (row !== undefined)
        this.#with(job, (controlled, actions, controller) =>
          controller.onChildEnded(controlled, row, actions),
        )
      return
    }
    if (!live.treeOf(job).hasOpenChildren(job.name)) this.#end(job)
  }

  #outcome(job: LiveJob): ControllerOutcome | undefined {
    const text = readControllerState(this.#world.deps.db, job.name, OUTCOME)
    return text === undefined ? undefined : JSON.parse(text)
  }

  /** No child is open any more: the outcome that was kept, or the cancel that was asked for, comes true. */
  #end(job: LiveJob): void {
    const outcome = this.#outcome(job)
    if (outcome === undefined || job.state.status === 'CancelRequested') {
      this.#turn.observe(job, { type: 'finished', outputs: outcome?.outputs ?? {} })
      return
    }
    const { outputs = {} } = outcome
    if (outcome.status === 'Completed') this.#turn.observe(job, { type: 'finished', outputs })
    else if (outcome.status === 'Failed')
      this.#turn.observe(job, { type: 'failed', error: outcome.error, outputs })
    else this.#turn.observe(job, { type: 'stopped', reason: outcome.reason, outputs })
  }

  #with(
    job: LiveJob,
    call: (
      job: ControlledJob,
      actions: ControllerActions,
      controller: NonNullable<ReturnType<World['deps']['controllers']['get']>>,
    ) => void,
  ): void {
    const { deps } = this.#world
    const controller = deps.controllers.get(job.type)
    const plan = controller && getPlan(deps.db, job.name)
    if (controller === undefined || plan === undefined) return
    this.#call(job, plan, (controlled, actions) => call(controlled, actions, controller))
  }

  #call(
    job: LiveJob,
    plan: JobPlan,
    call: (job: ControlledJob, actions: ControllerActions) => void,
  ): void {
    const row = getJob(this.#world.deps.db, job.name)
    if (row === undefined) return
    try {
      call({ row, plan }, this.#actions(job))
    } catch (error) {
      if (isPassing(error)) throw error
      this.#giveUp(job, error)
    }
  }

  /** A controller that throws would throw again: its job ends, and what it started with it. */
  #giveUp(job: LiveJob, error: unknown): void {
    const { deps, live } = this.#world
    deps.logError(`the controller of ${job.name} failed`, error)
    const reason = 'the job it belongs to failed'
    const open = live.treeOf(job).openChildren(job.name)
    this.#turn.fail(job, toJobError(error))
    this.#turn.follow(open.map((child) => ({ do: 'cancel', job: child, reason })))
  }

  #actions(job: LiveJob): ControllerActions {
    const { deps, live } = this.#world
    const { db } = deps
    const turn = this.#turn
    return {
      atMs: turn.atMs,
      createChildren: (plans) => insertPlans(this.#world, turn, plans),
      children: () => listJobs(db, { parent: job.name, archived: 'all' }),
      finish: (outcome) => {
        writeControllerState(db, job.name, OUTCOME, JSON.stringify(outcome))
        const open = live.treeOf(job).openChildren(job.name)
        if (open.length === 0) this.#end(job)
        const reason = 'the job it belongs to is done'
        turn.follow(open.map((child) => ({ do: 'cancel', job: child, reason })))
      },
      cancelChild: (name, reason) => turn.follow([{ do: 'cancel', job: name, reason }]),
      setReason: (reason) => void turn.observe(job, { type: 'waiting', reason }),
      askAgain: () => void turn.after.push(() => this.#world.tickSoon(job.name)),
      readState: (key) => readControllerState(db, job.name, key),
      writeState: (key, value) => writeControllerState(db, job.name, key, value),
    }
  }
}
