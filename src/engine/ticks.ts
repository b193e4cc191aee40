import { ControllerCalls } from './controller-calls.ts'
import type { LiveJob } from './live.ts'
import type { Turn, World } from './turn.ts'

const EVERY_MS = 1_000

/** Asks the controllers of running jobs about once a second: limits in time pass without anything else happening. */
export class Ticks {
  readonly #world: World
  readonly #enqueue: (work: (turn: Turn) => void) => void
  readonly #timer: NodeJS.Timeout

  constructor(world: World, enqueue: (work: (turn: Turn) => void) => void) {
    this.#world = world
    this.#enqueue = enqueue
    this.#timer = setInterval(() => this.#tick(), EVERY_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Asks the controller of one job in a turn of its own. */
  soon(name: string): void {
    const job = this.#world.live.get(name)
    if (job !== undefined) this.#ask(job)
  }

  #tick(): void {
    for (const job of this.#world.live.all()) this.#ask(job)
  }

  #ask(job: LiveJob): void {
    const controller = this.#world.deps.controllers.get(job.type)
    if (controller?.onTick === undefined || job.state.status !== 'Running') return
    this.#enqueue((turn) => new ControllerCalls(this.#world, turn).tick(job))
  }
}
