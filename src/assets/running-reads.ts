import { Progress } from '../files/progress.ts'

export type { Progress }

/** What requests read of people's files right now, by the names that the callers gave. */
export class RunningReads {
  readonly #known = new Map<string, Progress>()

  /** Runs work that counts under that name; without a name nobody watches. */
  async during<T>(
    name: string | undefined,
    work: (progress: Progress | undefined) => Promise<T>,
  ): Promise<T> {
    if (name === undefined) return work(undefined)
    const progress = new Progress()
    this.#known.set(name, progress)
    try {
      return await work(progress)
    } finally {
      this.#known.delete(name)
    }
  }

  find(name: string): Progress | undefined {
    return this.#known.get(name)
  }
}
