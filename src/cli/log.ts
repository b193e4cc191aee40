/** Lines for people, on stderr: `ERROR: `, `WARNING: `, `INFO: `, `DEBUG: `, as az prints them. */
export class Log {
  readonly #isVerbose: boolean
  readonly #isDebug: boolean
  readonly #onlyErrors: boolean
  readonly #hasColour: boolean

  constructor(options: {
    readonly isVerbose: boolean
    readonly isDebug: boolean
    readonly onlyErrors: boolean
    readonly hasColour: boolean
  }) {
    this.#isVerbose = options.isVerbose
    this.#isDebug = options.isDebug
    this.#onlyErrors = options.onlyErrors
    this.#hasColour = options.hasColour
  }

  /** Nothing but errors is to be said. */
  get isQuiet(): boolean {
    return this.#onlyErrors
  }

  get isDebug(): boolean {
    return this.#isDebug
  }

  error(text: string): void {
    this.#write('ERROR', text, 31)
  }

  warning(text: string): void {
    if (!this.#onlyErrors) this.#write('WARNING', text, 33)
  }

  /** A line without prefix: progress, hints. Hidden as warnings are. */
  note(text: string): void {
    if (!this.#onlyErrors) process.stderr.write(`${text}\n`)
  }

  /** A line that belongs to an error. Never hidden. */
  advice(text: string): void {
    process.stderr.write(`${text}\n`)
  }

  info(text: string): void {
    if (this.#isVerbose || this.#isDebug) this.#write('INFO', text, 32)
  }

  debug(text: string): void {
    if (this.#isDebug) this.#write('DEBUG', text, 36)
  }

  #write(level: string, text: string, colour: number): void {
    const line = `${level}: ${text}`
    process.stderr.write(this.#hasColour ? `\u001b[${colour}m${line}\u001b[0m\n` : `${line}\n`)
  }
}

/** Colour only for people who see it: both streams are terminals, and nobody said no. */
export function hasColour(env: Readonly<Record<string, string | undefined>>): boolean {
  const { NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM, AZURE_CORE_NO_COLOR } = env
  if (NO_COLOR || /^(1|true|yes|on)$/i.test(AZURE_CORE_NO_COLOR ?? '')) return false
  if (CLICOLOR_FORCE && CLICOLOR_FORCE !== '0') return true
  if (CLICOLOR === '0' || TERM === 'dumb') return false
  return process.stdout.isTTY === true && process.stderr.isTTY === true
}
