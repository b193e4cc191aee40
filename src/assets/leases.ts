/** How long what a job was just pinned to is kept, until the job is recorded. */
const PINNED_MS = 10 * 60_000

/**
 * Stored content that is about to be referred to: `gc` lets it be. Only of this process, which is the one that
 * both uploads and collects.
 */
export class Leases {
  readonly #until = new Map<string, number>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  hold(hash: string): void {
    const nowMs = this.#now()
    this.#until.delete(hash)
    this.#until.set(hash, nowMs + PINNED_MS)
    this.#dropExpired(nowMs)
  }

  /** The oldest stand first. */
  #dropExpired(nowMs: number): void {
    for (const [hash, untilMs] of this.#until) {
      if (untilMs > nowMs) return
      this.#until.delete(hash)
    }
  }

  release(hash: string): void {
    this.#until.delete(hash)
  }

  holds(hash: string): boolean {
    const until = this.#until.get(hash)
    if (until === undefined) return false
    if (until > this.#now()) return true
    this.#until.delete(hash)
    return false
  }
}
