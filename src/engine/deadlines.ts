import { isLaunched } from '../core/plan/job-plan.ts'
import { getPlan } from '../store/jobs.ts'
import type { LiveJob } from './live.ts'
import { timeoutReason } from './observations.ts'
import type { Turn, World } from './turn.ts'

/** Longest delay that a timer takes. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** Ends pipelines and controlled jobs whose `limits.timeout` is over; a command's is its executor's to watch. */
export class Deadlines {
  readonly #world: World
  readonly #enqueue: (work: (turn: Turn) => void) => void
  readonly #timers = new Map<string, NodeJS.Timeout>()

  constructor(world: World, enqueue: (work: (turn: Turn) => void) => void) {
    this.#world = world
    this.#enqueue = enqueue
  }

  watch({ name, type, state }: LiveJob): void {
    if (isLaunched(type) || state.endedMs !== null) return
    const seconds = getPlan(this.#world.deps.db, name)?.timeoutSeconds
    if (seconds === undefined) return
    const endMs = state.createdMs + seconds * 1_000
    this.#set(name, endMs, seconds)
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
    this.#timers.delete(name)
    this.#enqueue((turn) => {
      const job = this.#world.live.get(name)
      if (job !== undefined && job.state.endedMs === null) turn.cancel(job, timeoutReason(seconds))
    })
  }
}
