/** A command line that cannot be read: exit code 2, and nothing was sent anywhere. */
export class UsageError extends Error {
  /** Lines below the `ERROR:` line, without prefix. */
  readonly advice: readonly string[]
  readonly exitCode: number

  constructor(message: string, advice: readonly string[] = [], exitCode = 2) {
    super(message)
    this.name = 'UsageError'
    this.advice = advice
    this.exitCode = exitCode
  }
}
