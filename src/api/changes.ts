/** Wakes those who wait for the next change of any job. */
export class JobChanges {
  readonly #waiting = new Set<() => void>()

  /** How many are waiting: streams that are open. */
  get size(): number {
    return this.#waiting.size
  }

  /** Called after a change has been committed. */
  notify(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** Calls `wake` at the next change, once. Returns what calls that off. Ask before reading, so that none is missed. */
  once(wake: () => void): () => void {
    this.#waiting.add(wake)
    return () => this.#waiting.delete(wake)
  }
}

/**
 * What ends the pauses of a stream: the next change, whatever else wakes it, or nobody listening any more. One
 * listener on `signal` for the whole stream.
 */
export class Pauses {
  readonly #changes: JobChanges
  #callOff: () => void = () => {}
  #resolve: () => void = () => {}

  constructor(changes: JobChanges, signal: AbortSignal) {
    this.#changes = changes
    signal.addEventListener('abort', () => this.wake(), { once: true })
  }

  /** Resolves at the next change after this call, or when `wake` is called. Call it before reading, await it after. */
  next(): Promise<void> {
    this.#callOff()
    this.#callOff = this.#changes.once(() => this.#resolve())
    return new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  wake(): void {
    this.#callOff()
    this.#resolve()
  }
}
