/** How long an auto-started server stays without anything to do. */
export const IDLE_STOP_MS = 30 * 60 * 1000

export interface IdleOptions {
  /** Absent: never. */
  readonly afterMs: number | undefined
  /** Something that the server must stay for: an unfinished job, an enabled schedule, an open stream. */
  readonly isNeeded: () => boolean
  readonly stop: () => void
}

/** Stops a server that nobody has asked anything for `afterMs` and that nothing needs. */
export class IdleWatch {
  readonly #options: IdleOptions
  readonly #timer: NodeJS.Timeout | undefined
  #lastRequestMs = Date.now()

  constructor(options: IdleOptions) {
    this.#options = options
    if (options.afterMs === undefined) return
    const checkEveryMs = Math.min(60_000, Math.max(10, options.afterMs / 2))
    this.#timer = setInterval(() => this.#check(options.afterMs ?? 0), checkEveryMs)
    this.#timer.unref()
  }

  touch(): void {
    this.#lastRequestMs = Date.now()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #check(afterMs: number): void {
    const { isNeeded, stop } = this.#options
    if (isNeeded()) this.touch()
    if (Date.now() - this.#lastRequestMs < afterMs) return
    this.close()
    stop()
  }
}
