import { AmletError } from '../core/errors.ts'
import { decide, type JobObservation } from '../core/lifecycle/decide.ts'
import type { JobError } from '../core/lifecycle/event.ts'
import { describeChildFailure } from '../core/lifecycle/failure.ts'
import type { FollowUp } from '../core/lifecycle/job-tree.ts'
import { isTerminal } from '../core/lifecycle/status.ts'
import { isLaunched, type JobPlan, type PlannedOutput } from '../core/plan/job-plan.ts'
import type { ResolvedEnvironment } from '../core/plan/resolved.ts'
import { deleteIntents, insertAttempt } from '../store/attempts.ts'
import { recordTransition } from '../store/jobs.ts'
import { getPlan, getPlannedOutputs } from '../store/plans.ts'
import { getReuseKey, recordReusable } from '../store/reuse.ts'
import type { Builds } from './builds.ts'
import { ControllerCalls } from './controller-calls.ts'
import type { EngineDeps } from './deps.ts'
import type { KeptPlans } from './kept-plans.ts'
import type { LiveJob, LiveJobs } from './live.ts'
import { registerOutputs } from './outcome.ts'

/** What the engine holds in memory. */
export interface World {
  readonly deps: EngineDeps
  readonly live: LiveJobs
  readonly builds: Builds
  readonly plans: KeptPlans
  /** Goes on with a job that is Preparing when its environment is there. */
  readonly awaitEnvironment: (job: string, environment: ResolvedEnvironment) => void
  /** Calls the controller of a job in a turn that comes next. */
  readonly tickSoon: (job: string) => void
}

export interface TurnIntent {
  readonly type: 'submit' | 'cancel'
  readonly job: string
  readonly attempt: string
}

/**
 * One turn of the engine: everything that is known at one moment, taken into account in one transaction. It
 * changes the live jobs as it goes; a turn that could not be committed is made good by reading them back.
 */
export class Turn {
  readonly atMs: number
  readonly changed = new Set<string>()
  readonly intents: TurnIntent[] = []
  /** Things to do once this turn is committed. */
  readonly after: (() => void)[] = []
  readonly #world: World
  readonly #pending: FollowUp[] = []
  readonly #endedRoots = new Set<string>()
  readonly #controllers: ControllerCalls

  constructor(world: World) {
    this.#world = world
    this.atMs = world.deps.now()
    this.#controllers = new ControllerCalls(world, this)
  }

  /**
   * Lets `decide` say what an observation means for a job, writes that, and notes what follows for others.
   *
   * @param atMs when it happened, which may be long before it was heard of; never before what is known already.
   */
  observe(job: LiveJob, seen: JobObservation, atMs = this.atMs): boolean {
    const { deps, live } = this.#world
    const transition = decide(job, seen, Math.max(atMs, job.state.sinceMs))
    if (transition === undefined) return false
    recordTransition(deps.db, transition)
    const { state, intents } = transition
    live.update(job, state)
    this.changed.add(job.name)
    for (const intent of intents) this.intents.push({ ...intent, job: job.name })
    this.#pending.push(...live.treeOf(job).changed(job.name, state.status))
    if (isTerminal(state.status)) this.#noteEnd(job)
    return true
  }

  #noteEnd(job: LiveJob): void {
    const { deps, live } = this.#world
    const { attempt, status, reusedFrom } = job.state
    if (attempt !== null) {
      deleteIntents(deps.db, attempt)
      this.#world.plans.forget(attempt)
    }
    if (status === 'Completed' && reusedFrom === null) this.#noteReusable(job)
    if (job.parent === null) this.#endedRoots.add(job.root)
    const parent = job.parent === null ? undefined : live.get(job.parent)
    if (parent !== undefined && parent.type !== 'pipeline')
      this.#controllers.childEnded(parent, job)
  }

  #noteReusable({ name, parent }: LiveJob): void {
    const { db } = this.#world.deps
    const key = parent === null ? undefined : getReuseKey(db, name)
    if (key !== undefined) recordReusable(db, key, name, this.atMs)
  }

  follow(ups: readonly FollowUp[]): void {
    this.#pending.push(...ups)
  }

  /** Does what follows, and what follows from that, until nothing does. */
  settle(): void {
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift())
      this.#do(next)
    for (const root of this.#endedRoots) this.#world.live.dropTree(root)
    this.#endedRoots.clear()
  }

  #do(next: FollowUp): void {
    const job = this.#world.live.get(next.job)
    if (job === undefined || isTerminal(job.state.status)) return
    switch (next.do) {
      case 'start':
        this.start(job)
        return
      case 'block':
        this.observe(job, { type: 'blocked', reason: next.reason })
        return
      case 'run':
        this.observe(job, { type: 'running', attempt: null })
        return
      case 'cancel':
        this.cancel(job, next.reason)
        return
      case 'finish':
        this.#finish(job, next)
        return
    }
  }

  /** Its inputs are there. */
  start(job: LiveJob): void {
    const { deps } = this.#world
    const plan = getPlan(deps.db, job.name)
    if (plan === undefined) throw new Error(`job ${job.name} has no plan`)
    if (isLaunched(job.type)) this.#startCommand(job, plan)
    else this.#controllers.start(job, plan)
  }

  #startCommand(job: LiveJob, plan: JobPlan): void {
    const { builds } = this.#world
    const environment = plan.process?.environment
    if (environment === undefined) throw new Error(`job ${job.name} has no environment`)
    if (builds.variablesOf(environment.digest) !== undefined) {
      this.queueAttempt(job, plan)
      return
    }
    this.observe(job, { type: 'preparing', reason: builds.reasonFor(environment) })
    this.after.push(() => this.#world.awaitEnvironment(job.name, environment))
  }

  queueAttempt(job: LiveJob, plan: JobPlan): void {
    const { deps } = this.#world
    if (deps.executorOf(job.compute) === undefined) {
      this.fail(job, noSuchCompute(job.compute))
      return
    }
    const attempt = deps.makeId()
    const reason = `waiting for a slot on ${job.compute}`
    if (!this.observe(job, { type: 'ready', attempt, reason })) return
    this.recordAttempt(job, attempt)
    this.#world.plans.keep(attempt, plan)
  }

  recordAttempt(job: LiveJob, attempt: string): void {
    const number = job.state.attempts - 1
    const { name, compute } = job
    const { db } = this.#world.deps
    insertAttempt(db, { id: attempt, job: name, number, compute, createdMs: this.atMs })
  }

  fail(job: LiveJob, error: JobError): void {
    this.observe(job, { type: 'failed', error })
  }

  cancel(job: LiveJob, reason: string): void {
    const { live } = this.#world
    const isIdle = job.state.attempt === null && !live.treeOf(job).hasOpenChildren(job.name)
    const isNews = this.observe(job, { type: 'cancel', reason, isIdle })
    if (isNews && job.type !== 'pipeline' && !isTerminal(job.state.status))
      this.#controllers.cancel(job)
  }

  /** All children of a pipeline have ended. */
  #finish(job: LiveJob, { failed, canceled }: Extract<FollowUp, { do: 'finish' }>): void {
    const { live } = this.#world
    const culprit = failed === null ? undefined : live.get(failed)
    const stopped = canceled === null ? undefined : live.get(canceled)
    if (job.state.status === 'CancelRequested') this.observe(job, { type: 'finished', outputs: {} })
    else if (culprit?.state.error)
      this.fail(job, describeChildFailure(culprit, culprit.state.error))
    else if (stopped !== undefined)
      this.observe(job, { type: 'stopped', reason: `${stopped.step} was cancelled` })
    else this.#complete(job)
  }

  /** Its outputs are those of its children that it promotes. */
  #complete(job: LiveJob): void {
    const { deps } = this.#world
    const planned = getPlannedOutputs(deps.db, job.name)
    const { outputs, error } = registerOutputs(deps, job, this.#promoted(planned))
    if (error === undefined) this.observe(job, { type: 'finished', outputs })
    else this.observe(job, { type: 'failed', error, outputs })
  }

  #promoted(outputs: readonly PlannedOutput[]) {
    return outputs.flatMap((output) => {
      const made = output.of && this.#world.live.get(output.of.job)
      const found = output.of && made?.state.outputs[output.of.output]
      if (found === undefined) return []
      const { type, uri, mode } = found
      return [{ output, record: { type, uri, ...(mode !== undefined && { mode }) } }]
    })
  }
}

const noSuchCompute = (compute: string): JobError => ({
  code: 'ResourceNotFound',
  message: `there is no compute "${compute}"`,
  hint: 'see `amlet compute list`',
})

/** An error of a job out of anything thrown while it was being prepared. */
export function toJobError(error: unknown): JobError {
  if (!(error instanceof AmletError))
    return {
      code: 'InternalError',
      message: error instanceof Error ? error.message : String(error),
    }
  const [{ code, message, hint }] = error.diagnostics
  return { code, message, ...(hint !== undefined && { hint }) }
}
