import type { Flag } from './command.ts'

type Value = string | boolean | readonly string[]

/** The options of one command line, by the first long name of each. Asking for one the command has not is a bug. */
export class Args {
  readonly #flags: ReadonlyMap<string, Flag>
  readonly #values: ReadonlyMap<string, Value>
  readonly words: readonly string[]
  /** The generic update options with their values, in the order typed. */
  readonly ordered: readonly { readonly name: string; readonly values: readonly string[] }[]

  constructor(parsed: {
    readonly flags: ReadonlyMap<string, Flag>
    readonly values: ReadonlyMap<string, Value>
    readonly words: readonly string[]
    readonly ordered: readonly { readonly name: string; readonly values: readonly string[] }[]
  }) {
    this.#flags = parsed.flags
    this.#values = parsed.values
    this.words = parsed.words
    this.ordered = parsed.ordered
  }

  /** The value of an option, or undefined when it was not typed. */
  text(name: string): string | undefined {
    const value = this.#read(name)
    return typeof value === 'string' ? value : undefined
  }

  /** The value of a required option. */
  need(name: string): string {
    const value = this.text(name)
    if (value === undefined) throw new Error(`option --${name} was not checked`)
    return value
  }

  list(name: string): readonly string[] | undefined {
    const value = this.#read(name)
    return Array.isArray(value) ? value : undefined
  }

  isOn(name: string): boolean {
    return this.#read(name) === true
  }

  /** A three-state flag: undefined when it was not typed. */
  state(name: string): boolean | undefined {
    const value = this.#read(name)
    return typeof value === 'boolean' ? value : undefined
  }

  number(name: string): number | undefined {
    const value = this.text(name)
    return value === undefined ? undefined : Number(value)
  }

  has(name: string): boolean {
    return this.#read(name) !== undefined
  }

  /** True when the command declares the option, typed or not. */
  knows(name: string): boolean {
    return this.#flags.has(name)
  }

  #read(name: string): Value | undefined {
    if (!this.#flags.has(name)) throw new Error(`the command has no option --${name}`)
    return this.#values.get(name)
  }
}
