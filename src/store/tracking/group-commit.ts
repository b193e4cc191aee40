import type { Db } from '../db.ts'

interface Pending {
  readonly work: () => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** How long one transaction may hold the thread before what is left waits for the next turn. */
const TURN_MS = 15

/**
 * Runs writes of one turn of the event loop in one transaction. A write is answered after its commit, so what was
 * acknowledged is kept. One that throws takes nothing of the others with it.
 */
export class GroupCommit {
  readonly #db: Db
  readonly #onFailure: () => void
  #pending: Pending[] = []
  #isScheduled = false

  /** @param onFailure called after a write was undone, for caches that may hold what it wrote. */
  constructor(db: Db, onFailure: () => void) {
    this.#db = db
    this.#onFailure = onFailure
  }

  /** Resolves with what `work` gives once it is committed; rejects with what it throws. */
  write<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#pending.push({ work, resolve: resolve as (value: unknown) => void, reject })
      this.#schedule()
    })
  }

  /** Commits what waits, now. For the end of the process. */
  flush(): void {
    while (this.#pending.length > 0) this.#commitTurn()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#commitTurn()
      if (this.#pending.length > 0) this.#schedule()
    })
  }

  #commitTurn(): void {
    const batch = this.#pending
    if (batch.length === 0) return
    this.#pending = []
    const answers: (() => void)[] = []
    let taken = 0
    try {
      this.#db.transaction(() => {
        const until = performance.now() + TURN_MS
        for (const pending of batch) {
          answers.push(batch.length === 1 ? this.#runAlone(pending) : this.#runOne(pending))
          taken += 1
          if (performance.now() > until) break
        }
      })
    } catch (error) {
      this.#onFailure()
      for (const pending of batch.slice(0, Math.max(taken, 1))) pending.reject(error)
      this.#pending = [...batch.slice(Math.max(taken, 1)), ...this.#pending]
      return
    }
    this.#pending = [...batch.slice(taken), ...this.#pending]
    for (const answer of answers) answer()
  }

  #runAlone({ work, resolve }: Pending): () => void {
    const value = work()
    return () => resolve(value)
  }

  #runOne({ work, resolve, reject }: Pending): () => void {
    this.#db.exec('savepoint one')
    try {
      const value = work()
      this.#db.exec('release one')
      return () => resolve(value)
    } catch (error) {
      this.#db.exec('rollback to one; release one')
      this.#onFailure()
      return () => reject(error)
    }
  }
}
