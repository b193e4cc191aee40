import type { Executor, Launch } from '../compute/executor.ts'
import { deleteIntent } from '../store/attempts.ts'
import { changeableData, makeLaunch } from './launching.ts'
import type { LiveJob } from './live.ts'
import type { Urgency } from './loop.ts'
import { type Turn, type TurnIntent, toJobError, type World } from './turn.ts'

const BATCH = 64
const RETRY_MS = 1_000
const GRACE_SECONDS = 10

/** Runs work in a coming turn of the engine. */
export type Enqueue = (work: (turn: Turn) => void, urgency: Urgency) => void

/**
 * Carries out intents: everything in it is safe to do twice, and stays in the tables until it is done. What an
 * executor does not take is offered again.
 */
export class Outbox {
  readonly #world: World
  readonly #enqueue: Enqueue
  readonly #submits = new Map<string, string>()
  readonly #cancels = new Map<string, string>()
  /** Attempts that no executor has heard of yet, and that wait: for an environment, a check, or their cancel. */
  readonly #held = new Set<string>()
  /** Attempts whose inputs were found as they should be. */
  readonly #checked = new Set<string>()
  /** What goes on with attempts whose compute is stopped. */
  readonly #stopped = new Set<() => void>()
  #isRunning = false
  #retry: NodeJS.Timeout | undefined

  constructor(world: World, enqueue: Enqueue) {
    this.#world = world
    this.#enqueue = enqueue
  }

  add(intents: readonly TurnIntent[]): void {
    for (const { type, attempt, job } of intents)
      (type === 'submit' ? this.#submits : this.#cancels).set(attempt, job)
    this.#wake()
  }

  /** Looks again at attempts whose compute was stopped. */
  computesChanged(): void {
    const waiting = [...this.#stopped]
    this.#stopped.clear()
    for (const goOn of waiting) goOn()
  }

  stop(): void {
    clearTimeout(this.#retry)
    this.#stopped.clear()
    this.#submits.clear()
    this.#cancels.clear()
    this.#held.clear()
    this.#checked.clear()
  }

  #wake(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#run().catch((error: unknown) =>
      this.#world.deps.logError('an intent could not be done', error),
    )
  }

  async #run(): Promise<void> {
    try {
      while (this.#submits.size > 0 || this.#cancels.size > 0) {
        const isTaken = (await this.#sendCancels()) && (await this.#sendSubmits())
        if (isTaken) continue
        clearTimeout(this.#retry)
        this.#retry = setTimeout(() => this.#wake(), RETRY_MS)
        return
      }
    } finally {
      // In the same step as the last look: what is added a microtask later must find it asleep.
      this.#isRunning = false
    }
  }

  async #sendCancels(): Promise<boolean> {
    const groups = new Map<Executor, string[]>()
    const over: string[] = []
    for (const [attempt, job] of firstOf(this.#cancels)) {
      const isUnsent = this.#submits.delete(attempt) || this.#held.delete(attempt)
      const executor = isUnsent ? undefined : this.#executorOf(job)
      if (isUnsent) this.#enqueue(neverSubmitted(this.#world, attempt), 'now')
      if (executor === undefined) over.push(attempt)
      else groups.set(executor, [...(groups.get(executor) ?? []), attempt])
    }
    this.#noteCancelled(over)
    for (const [executor, attempts] of groups) {
      if (!(await this.#sendTo(executor, (to) => to.cancel(attempts, GRACE_SECONDS)))) return false
      this.#noteCancelled(attempts)
    }
    return true
  }

  #noteCancelled(attempts: readonly string[]): void {
    for (const attempt of attempts) this.#cancels.delete(attempt)
    if (attempts.length > 0) this.#noteDone(attempts, 'cancel')
  }

  async #sendSubmits(): Promise<boolean> {
    const groups = new Map<Executor, { attempt: string; launch: Launch }[]>()
    for (const [attempt, name] of firstOf(this.#submits)) {
      const launch = this.#prepare(attempt)
      const executor = this.#executorOf(name)
      if (launch === undefined || executor === undefined) this.#submits.delete(attempt)
      else groups.set(executor, [...(groups.get(executor) ?? []), { attempt, launch }])
    }
    for (const [executor, items] of groups) {
      const attempts = items.map((item) => item.attempt)
      const launches = items.map((item) => item.launch)
      if (!(await this.#sendTo(executor, (to) => to.submit(launches)))) {
        this.#noteWait(attempts, ({ compute }) => silentReason(compute, executor))
        return false
      }
      for (const attempt of attempts) this.#submits.delete(attempt)
      this.#noteDone(attempts, 'submit')
    }
    return true
  }

  /** Undefined when there is nothing to start: the attempt no longer counts, or cannot be prepared. */
  #prepare(attempt: string): Launch | undefined {
    const { deps, live, builds, plans } = this.#world
    const job = live.ofAttempt(attempt)
    if (job === undefined) return undefined
    if (job.state.status === 'CancelRequested') {
      this.#held.add(attempt)
      return undefined
    }
    if (deps.isStopped(job.compute)) {
      this.#stopped.add(this.#hold(attempt, job.name))
      this.#noteWait([attempt], ({ compute }) => stoppedReason(compute))
      return undefined
    }
    const plan = plans.read(deps.db, job.name, attempt)
    const wanted = plan?.process?.environment
    if (plan === undefined || wanted === undefined) return undefined
    const environment = builds.variablesOf(wanted.digest)
    if (environment === undefined) {
      const goOn = this.#hold(attempt, job.name)
      builds.request(wanted, ({ error }) => goOn(error))
      return undefined
    }
    const changeable = this.#checked.delete(attempt) ? [] : changeableData(plan)
    if (changeable.length > 0) {
      const goOn = this.#hold(attempt, job.name)
      const check = Promise.all(changeable.map((data) => deps.expectUnchanged(data)))
      check.then(() => {
        if (this.#held.has(attempt)) this.#checked.add(attempt)
        goOn()
      }, goOn)
      return undefined
    }
    try {
      const attemptNumber = job.state.attempts - 1
      return makeLaunch(deps, { plan, attempt, attemptNumber, environment })
    } catch (error) {
      this.#fail(attempt, error)
      return undefined
    }
  }

  /** Keeps an attempt back until what is given is called: without an error it is offered again. */
  #hold(attempt: string, job: string): (error?: unknown) => void {
    this.#held.add(attempt)
    return (error) => {
      if (!this.#held.delete(attempt)) return
      if (error === undefined) this.add([{ type: 'submit', attempt, job }])
      else this.#fail(attempt, error)
    }
  }

  #fail(attempt: string, error: unknown): void {
    this.#enqueue((turn) => {
      const job = this.#world.live.ofAttempt(attempt)
      if (job !== undefined) turn.fail(job, toJobError(error))
    }, 'now')
  }

  /** Says why they wait: no verdict falls on them meanwhile. */
  #noteWait(attempts: readonly string[], reasonOf: (job: LiveJob) => string): void {
    this.#enqueue((turn) => {
      for (const attempt of attempts) {
        const job = this.#world.live.ofAttempt(attempt)
        if (job?.state.status === 'Queued')
          turn.observe(job, { type: 'waiting', reason: reasonOf(job) })
      }
    }, 'soon')
  }

  #executorOf(job: string): Executor | undefined {
    const compute = this.#world.live.get(job)?.compute
    return compute === undefined ? undefined : this.#world.deps.executorOf(compute)
  }

  async #sendTo(executor: Executor, work: (executor: Executor) => Promise<void>) {
    const { deps } = this.#world
    try {
      deps.checkpoint?.('before intent')
      await work(executor)
      deps.checkpoint?.('after intent')
      return true
    } catch (error) {
      deps.logError(`the compute of type ${executor.type} did not take an order`, error)
      return false
    }
  }

  #noteDone(attempts: readonly string[], type: 'submit' | 'cancel'): void {
    const { db } = this.#world.deps
    this.#enqueue(() => {
      for (const attempt of attempts) deleteIntent(db, attempt, type)
    }, 'with the next')
  }
}

/** What is done in one go. A copy: what is sent is taken out meanwhile. */
const firstOf = (waiting: ReadonlyMap<string, string>) => waiting.entries().take(BATCH).toArray()

const stoppedReason = (compute: string) =>
  `the compute ${compute} is stopped; to go on: amlet compute start -n ${compute}`

const silentReason = (compute: string, { type }: Executor) =>
  `the compute ${compute} (${type}) does not answer; it is asked again`

/** An attempt that was cancelled before any executor heard of it has ended. */
function neverSubmitted({ live }: World, attempt: string) {
  return (turn: Turn) => {
    const job = live.ofAttempt(attempt)
    if (job === undefined) return
    turn.observe(job, { type: 'exited', attempt, code: null, stopped: 'cancel', outputs: {} })
  }
}
