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

  /** Resolves at the next change after this call, or when `signal` aborts. Call it before reading, await it after. */
  next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake)
        this.#waiting.delete(wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }
}
