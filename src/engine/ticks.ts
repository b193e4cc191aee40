import { ControllerCalls } from './controller-calls.ts'
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

  #tick(): void {
    const { live, deps } = this.#world
    for (const job of live.all()) {
      const controller = deps.controllers.get(job.type)
      if (controller?.onTick === undefined || job.state.status !== 'Running') continue
      this.#enqueue((turn) => new ControllerCalls(this.#world, turn).tick(job))
    }
  }
}
