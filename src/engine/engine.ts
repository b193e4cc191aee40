import path from 'node:path'
import type { Observation } from '../compute/executor.ts'
import { AmletError } from '../core/errors.ts'
import { isLaunched } from '../core/plan/job-plan.ts'
import type { Plan } from '../core/plan/plan-job.ts'
import type { ResolvedEnvironment } from '../core/plan/resolved.ts'
import { OwnPlaces } from '../storage/own-places.ts'
import { listIntents } from '../store/attempts.ts'
import { getJob, type JobRow } from '../store/jobs.ts'
import { getPlan } from '../store/plans.ts'
import { adoptAttempts } from './adoption.ts'
import { moveBuildLog, waitingFolder } from './build-log.ts'
import { Builds } from './builds.ts'
import { ControllerCalls } from './controller-calls.ts'
import { Deadlines } from './deadlines.ts'
import type { EngineDeps, JobsChanged } from './deps.ts'
import { KeptPlans } from './kept-plans.ts'
import { type LiveJob, LiveJobs } from './live.ts'
import { Loop, type Trouble } from './loop.ts'
import { takeObservation } from './observations.ts'
import { Outbox } from './outbox.ts'
import { insertPlans, type SubmitOptions } from './submission.ts'
import { Throttle } from './throttle.ts'
import { Ticks } from './ticks.ts'
import { type Turn, toJobError, type World } from './turn.ts'

/** A controller reads every value that its child logged: once in a while, not at each of a thousand a second. */
const METRICS_EVERY_MS = 250

/**
 * Brings jobs from their submission to their end. The tables hold all it knows: it may be killed at any instant
 * and started again, and every job still ends, once.
 */
export class Engine {
  readonly #deps: EngineDeps
  readonly #world: World
  readonly #loop: Loop
  readonly #outbox: Outbox
  readonly #deadlines: Deadlines
  readonly #ticks: Ticks
  readonly #metricNotes = new Throttle(METRICS_EVERY_MS, (name) => this.#passMetrics(name))
  readonly #listeners = new Set<(changed: JobsChanged) => void>()

  constructor(given: EngineDeps) {
    const deps = { ...given, places: new OwnPlaces(given.places, given.now) }
    this.#deps = deps
    this.#world = {
      deps,
      live: new LiveJobs(),
      builds: new Builds(deps),
      plans: new KeptPlans(),
      awaitEnvironment: (job, environment) => this.#awaitEnvironment(job, environment),
      tickSoon: (job) => this.#ticks.soon(job),
    }
    this.#loop = new Loop(
      this.#world,
      (turn) => this.#committed(turn),
      () => this.#notify(new Set()),
    )
    this.#outbox = new Outbox(this.#world, (work, urgency) => this.#loop.enqueue(work, urgency))
    this.#deadlines = new Deadlines(this.#world, (work) => this.#loop.enqueue(work, 'now'))
    this.#ticks = new Ticks(this.#world, (work) => this.#loop.enqueue(work, 'now'))
  }

  /** Reads what is open, finds running attempts again and goes on. Resolves once every executor was asked. */
  async start(): Promise<void> {
    const { deps, live } = this.#world
    live.load(deps.db)
    for (const executor of deps.executors) executor.onObservation((seen) => this.#observe(seen))
    this.#loop.now((turn) => {
      for (const job of [...live.all()]) this.#resume(turn, job)
      turn.after.push(() => this.#deadlines.look([...live.all()].map(({ name }) => name)))
    })
    await adoptAttempts(this.#world, {
      intents: listIntents(deps.db),
      outbox: this.#outbox,
      enqueue: (work, urgency) => this.#loop.enqueue(work, urgency),
    })
  }

  #resume(turn: Turn, job: LiveJob): void {
    const { type, state, name } = job
    if (isLaunched(type) && state.status === 'Preparing') {
      const environment = getPlan(this.#deps.db, name)?.process?.environment
      if (environment !== undefined)
        turn.after.push(() => this.#awaitEnvironment(name, environment))
    }
    if (!isLaunched(type) && type !== 'pipeline' && state.status === 'Running')
      new ControllerCalls(this.#world, turn).resume(job)
  }

  /** Writes what is known and stops. Attempts go on and are found again. */
  async stop(): Promise<void> {
    this.#loop.stop()
    this.#outbox.stop()
    this.#deadlines.stop()
    this.#ticks.stop()
    this.#metricNotes.stop()
    await Promise.all(this.#deps.executors.map((executor) => executor.close()))
  }

  /**
   * Records a planned job with all its children, reuses what can be reused and starts the rest; one transaction.
   *
   * @throws AmletError `JobExists`, or what the plan's diagnostics say.
   */
  submit(plan: Plan, options: SubmitOptions = {}): JobRow {
    const [error, ...rest] = plan.diagnostics.filter(({ severity }) => severity !== 'warning')
    if (error !== undefined) throw new AmletError(error, rest)
    const [root] = plan.jobs
    if (root === undefined) throw new Error('a plan has at least one job')
    this.#loop.now((turn) => {
      insertPlans(this.#world, turn, plan.jobs, options)
    })
    return this.#read(root.name)
  }

  /**
   * Asks for the end of a job and all below it. A job that is being cancelled already stays so.
   *
   * @throws AmletError `ResourceNotFound`; `InvalidState` when it has ended.
   */
  cancel(name: string, reason = 'cancelled by the user'): JobRow {
    const job = this.#world.live.get(name)
    const row = this.#read(name)
    if (job === undefined || row.endedMs !== null)
      throw new AmletError({
        code: 'InvalidState',
        message: `job "${name}" has ended already: it is ${row.status}`,
      })
    this.#loop.now((turn) => turn.cancel(job, reason))
    return this.#read(name)
  }

  /** Computes were started: what waited for one is looked at again. */
  noteComputes(): void {
    this.#outbox.computesChanged()
  }

  /** Tells the controller of its parent, if it has one, that a job has logged metrics: soon, and not once for each. */
  noteMetrics(name: string): void {
    if (this.#world.live.get(name)?.parent) this.#metricNotes.note(name)
  }

  #passMetrics(name: string): void {
    const { live } = this.#world
    const above = (job: LiveJob | undefined) => live.get(job?.parent ?? '')
    let child = live.get(name)
    let parent = above(child)
    // A trial may be a pipeline: what its steps log is what it logs.
    while (parent?.type === 'pipeline') {
      child = parent
      parent = above(child)
    }
    if (child === undefined || parent === undefined) return
    const [controlled, trial] = [parent, child]
    this.#loop.enqueue(
      (turn) => new ControllerCalls(this.#world, turn).metrics(controlled, trial),
      'now',
    )
  }

  /** Why jobs stand still, when the database cannot be written: a full disk, or somebody holds it. */
  get trouble(): Trouble | undefined {
    return this.#loop.trouble
  }

  /**
   * `listener` is called after each commit that changed jobs, and when `trouble` begins and ends. Returns what ends
   * that.
   */
  subscribe(listener: (changed: JobsChanged) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Number of jobs in memory: those of trees that are not done. */
  get openJobs(): number {
    return this.#world.live.size
  }

  #read(name: string): JobRow {
    const row = getJob(this.#deps.db, name)
    if (row !== undefined) return row
    throw new AmletError({
      code: 'ResourceNotFound',
      message: `there is no job "${name}"`,
      hint: 'see `amlet job list`',
    })
  }

  #observe(seen: Observation): void {
    const isPassing = seen.state === 'running' || seen.state === 'queued'
    const urgency = isPassing ? 'soon' : 'now'
    this.#loop.enqueue((turn) => takeObservation(this.#world, turn, seen), urgency)
  }

  #awaitEnvironment(name: string, environment: ResolvedEnvironment): void {
    const { db, runs } = this.#deps
    const waiting = waitingFolder(runs, name)
    this.#world.builds.requestFor(waiting, environment, ({ error }) =>
      this.#loop.enqueue((turn) => {
        const job = this.#world.live.get(name)
        const plan = getPlan(db, name)
        if (job?.state.status !== 'Preparing' || plan === undefined) return
        if (error !== undefined) {
          turn.fail(job, toJobError(error))
          return
        }
        turn.queueAttempt(job, plan)
        const { attempt } = job.state
        if (attempt !== null) moveBuildLog(waiting, path.join(runs, attempt))
      }, 'now'),
    )
  }

  #committed(turn: Turn): void {
    for (const work of turn.after) work()
    this.#outbox.add(turn.intents)
    this.#deadlines.look(turn.changed)
    if (turn.changed.size > 0) this.#notify(turn.changed)
  }

  #notify(names: ReadonlySet<string>): void {
    const changed = { jobs: [...names] }
    for (const listener of this.#listeners) this.#tell(listener, changed)
  }

  #tell(listener: (changed: JobsChanged) => void, changed: JobsChanged): void {
    try {
      listener(changed)
    } catch (error) {
      this.#deps.logError('a listener to changes of jobs failed', error)
    }
  }
}
