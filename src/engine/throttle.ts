/**
 * Passes on that something has happened to a name: at once when it has been quiet, else when `everyMs` have passed since the
 * last time. What is noted last is always passed on.
 */
export class Throttle {
  readonly #everyMs: number
  readonly #pass: (name: string) => void
  readonly #resting = new Map<string, NodeJS.Timeout>()
  readonly #noted = new Set<string>()

  constructor(everyMs: number, pass: (name: string) => void) {
    this.#everyMs = everyMs
    this.#pass = pass
  }

  note(name: string): void {
    if (this.#resting.has(name)) this.#noted.add(name)
    else this.#passOn(name)
  }

  stop(): void {
    for (const timer of this.#resting.values()) clearTimeout(timer)
    this.#resting.clear()
    this.#noted.clear()
  }

  #passOn(name: string): void {
    this.#pass(name)
    const timer = setTimeout(() => {
      this.#resting.delete(name)
      if (this.#noted.delete(name)) this.#passOn(name)
    }, this.#everyMs)
    this.#resting.set(name, timer)
  }
}
