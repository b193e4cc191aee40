import { Progress } from '../files/progress.ts'

/** What requests read of people's files right now, by the names that the callers gave. */
export class RunningReads {
  readonly #known = new Map<string, Progress>()

  /** Runs work that counts, under that name when it has one, and is given up when the signal comes. */
  async during<T>(
    { name, signal }: { readonly name: string | undefined; readonly signal: AbortSignal },
    work: (progress: Progress) => Promise<T>,
  ): Promise<T> {
    const progress = new Progress()
    const giveUp = () => progress.giveUp()
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    if (name !== undefined) this.#known.set(name, progress)
    try {
      return await work(progress)
    } finally {
      signal.removeEventListener('abort', giveUp)
      if (name !== undefined) this.#known.delete(name)
    }
  }

  find(name: string): Progress | undefined {
    return this.#known.get(name)
  }
}
