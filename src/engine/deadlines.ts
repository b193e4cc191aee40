import { isLaunched } from '../core/plan/job-plan.ts'
import { getTimeoutSeconds } from '../store/plans.ts'
import type { LiveJob } from './live.ts'
import { timeoutReason } from './observations.ts'
import type { Turn, World } from './turn.ts'

/** Longest delay that a timer takes. */
const MAX_DELAY_MS = 2 ** 31 - 1

/**
 * Ends pipelines and controlled jobs that have run as long as their `limits.timeout` says; a command's is its
 * executor's to watch. The time counts from the first moment that something of them ran.
 */
export class Deadlines {
  readonly #world: World
  readonly #enqueue: (work: (turn: Turn) => void) => void
  /** By job, from its start; undefined for one without a limit. */
  readonly #timers = new Map<string, NodeJS.Timeout | undefined>()

  constructor(world: World, enqueue: (work: (turn: Turn) => void) => void) {
    this.#world = world
    this.#enqueue = enqueue
  }

  /** Looks at jobs that have changed: what has started is watched, what has ended is not any more. */
  look(names: Iterable<string>): void {
    for (const name of names) {
      const job = this.#world.live.get(name)
      if (job === undefined || job.state.endedMs !== null) this.#forget(name)
      else if (!isLaunched(job.type)) this.#watch(job)
    }
  }

  #watch({ name, state }: LiveJob): void {
    if (state.startedMs === null || this.#timers.has(name)) return
    const seconds = getTimeoutSeconds(this.#world.deps.db, name)
    if (seconds === undefined) this.#timers.set(name, undefined)
    else this.#set(name, state.startedMs + seconds * 1_000, seconds)
  }

  #forget(name: string): void {
    if (this.#timers.size === 0) return
    clearTimeout(this.#timers.get(name))
    this.#timers.delete(name)
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  #set(name: string, endMs: number, seconds: number): void {
    const delay = Math.max(0, endMs - this.#world.deps.now())
    const isFar = delay > MAX_DELAY_MS
    const timer = setTimeout(
      () => (isFar ? this.#set(name, endMs, seconds) : this.#end(name, seconds)),
      Math.min(delay, MAX_DELAY_MS),
    )
    timer.unref()
    this.#timers.set(name, timer)
  }

  #end(name: string, seconds: number): void {
    this.#enqueue((turn) => {
      const job = this.#world.live.get(name)
      if (job !== undefined && job.state.endedMs === null) turn.cancel(job, timeoutReason(seconds))
    })
  }
}
