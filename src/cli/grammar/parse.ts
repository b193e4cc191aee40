import { Args } from './args.ts'
import { closestWords } from './closest.ts'
import type { Command, Flag } from './command.ts'
import { UsageError } from './usage-error.ts'

/**
 * Reads the words after the command as Python's argparse does, which is what `az` users' hands know: unambiguous
 * prefixes of long options, `-nX`, `-n=X`, lists that swallow words until the next option.
 *
 * @throws UsageError for what argparse refuses, in its words.
 */
export function parseArgs(
  command: Command,
  flags: readonly Flag[],
  tokens: readonly string[],
): Args {
  return new Parser(command, flags).parse(tokens)
}

/** `--name/-n`, as argparse writes an option in its messages. */
export function flagLabel(flag: Flag): string {
  const long = flag.names.map((name) => `--${name}`)
  return [...long, ...(flag.letter === undefined ? [] : [`-${flag.letter}`])].join('/')
}

type Value = string | boolean | readonly string[]
interface Match {
  readonly flag: Flag
  /** Text after `=`, or glued to a letter. */
  readonly inline: string | undefined
  /** Letters that follow a flag's letter in the same word: `-sy`. */
  readonly rest?: string
}

const NEGATIVE_NUMBER = /^-\d+$|^-\d*\.\d+$/

class Parser {
  readonly #command: Command
  readonly #byLong = new Map<string, Flag>()
  readonly #byLetter = new Map<string, Flag>()
  readonly #flags: readonly Flag[]
  readonly #values = new Map<string, Value>()
  readonly #words: string[] = []
  readonly #ordered: { name: string; values: readonly string[] }[] = []
  readonly #unknown: string[] = []

  constructor(command: Command, flags: readonly Flag[]) {
    this.#command = command
    this.#flags = flags
    for (const flag of flags) {
      for (const name of flag.names) this.#byLong.set(name, flag)
      if (flag.letter !== undefined) this.#byLetter.set(flag.letter, flag)
    }
  }

  parse(tokens: readonly string[]): Args {
    this.#checkPrefixes(tokens)
    let at = 0
    while (at < tokens.length) at = this.#take(tokens, at)
    this.#checkRequired()
    if (this.#unknown.length > 0) throw this.#unrecognized()
    return new Args({
      flags: new Map(this.#flags.map((flag) => [nameOf(flag), flag])),
      values: this.#values,
      words: this.#words,
      ordered: this.#ordered,
    })
  }

  /** As argparse, which tells options from values before it looks at any of them. */
  #checkPrefixes(tokens: readonly string[]): void {
    if (this.#command.positional?.isCommandLine) return
    const end = tokens.indexOf('--')
    for (const token of end < 0 ? tokens : tokens.slice(0, end))
      if (token.startsWith('--') && this.#isOption(token)) this.#match(token)
  }

  /** Takes one option with its values, or one word; says where to go on. */
  #take(tokens: readonly string[], at: number): number {
    const token = tokens[at] ?? ''
    if (token === '--') {
      for (const word of tokens.slice(at + 1)) this.#addWord(word)
      return tokens.length
    }
    if (!this.#isOption(token)) {
      this.#addWord(token)
      const takesAll = this.#command.positional?.isCommandLine === true
      if (!takesAll) return at + 1
      for (const word of tokens.slice(at + 1)) this.#addWord(word)
      return tokens.length
    }
    const match = this.#match(token)
    if (match === undefined) {
      this.#unknown.push(token)
      return at + 1
    }
    return this.#store(match, tokens, at)
  }

  #store(match: Match, tokens: readonly string[], at: number): number {
    const { flag, inline, rest } = match
    switch (flag.kind) {
      case 'flag':
        if (inline !== undefined) throw this.#wrong(flag, `ignored explicit argument '${inline}'`)
        this.#values.set(nameOf(flag), true)
        return rest === undefined ? at + 1 : this.#store(this.#letters(rest), tokens, at)
      case 'tri':
        return this.#storeState(flag, inline, { tokens, at })
      case 'value':
        return this.#storeValue(flag, inline, { tokens, at })
      case 'list':
        return this.#storeList(flag, inline, { tokens, at })
    }
  }

  #storeState(flag: Flag, inline: string | undefined, where: Where): number {
    const next = where.tokens[where.at + 1]
    const isSeparate = inline === undefined && next !== undefined && !this.#isOption(next)
    const text = isSeparate ? next : inline
    const state = text === undefined ? true : toState(text)
    if (state === undefined) throw this.#badChoice(flag, text ?? '', ['true', 'false'])
    this.#values.set(nameOf(flag), state)
    return where.at + (isSeparate ? 2 : 1)
  }

  #storeValue(flag: Flag, inline: string | undefined, where: Where): number {
    const next = where.tokens[where.at + 1]
    const value = inline ?? (next !== undefined && !this.#isOption(next) ? next : undefined)
    if (value === undefined) throw this.#wrong(flag, 'expected one argument')
    this.#values.set(nameOf(flag), this.#checkValue(flag, value))
    return where.at + (inline === undefined ? 2 : 1)
  }

  #storeList(flag: Flag, inline: string | undefined, where: Where): number {
    let end = where.at + 1
    if (inline === undefined)
      while (end < where.tokens.length && !this.#isOption(where.tokens[end] ?? '')) end += 1
    const values = inline === undefined ? where.tokens.slice(where.at + 1, end) : [inline]
    if (values.length === 0) throw this.#wrong(flag, 'expected at least one argument')
    const before = this.#values.get(nameOf(flag))
    this.#values.set(nameOf(flag), [...(Array.isArray(before) ? before : []), ...values])
    this.#ordered.push({ name: nameOf(flag), values })
    return end
  }

  #checkValue(flag: Flag, value: string): string {
    if (flag.isInteger && !/^[+-]?\d+$/.test(value))
      throw this.#wrong(flag, `invalid int value: '${value}'`)
    if (flag.choices === undefined) return value
    const choice = flag.choices.find((known) => known.toLowerCase() === value.toLowerCase())
    if (choice === undefined) throw this.#badChoice(flag, value, flag.choices)
    return choice
  }

  #addWord(word: string): void {
    const { positional } = this.#command
    if (positional === undefined || (!positional.many && this.#words.length > 0)) {
      this.#unknown.push(word)
      return
    }
    const { choices } = positional
    if (choices !== undefined && !choices.includes(word))
      throw new UsageError(
        `amlet ${this.#command.words}: '${word}' is not a valid value for '${positional.name}'. Allowed values: ${choices.join(', ')}.`,
      )
    this.#words.push(word)
  }

  /** argparse's rule: a word with a dash in front is an option, unless it is a number or has a space. */
  #isOption(token: string): boolean {
    if (!token.startsWith('-') || token === '-') return false
    if (token === '--') return true
    if (NEGATIVE_NUMBER.test(token)) return false
    const [head = ''] = token.split('=', 1)
    if (token.startsWith('--') && this.#byLong.has(head.slice(2))) return true
    if (this.#byLetter.has(token.charAt(1)) && !token.startsWith('--')) return true
    return !token.includes(' ') || (token.startsWith('--') && this.#candidates(head).length > 0)
  }

  #match(token: string): Match | undefined {
    if (!token.startsWith('--')) {
      return this.#byLetter.has(token.charAt(1)) ? this.#letters(token.slice(1)) : undefined
    }
    const equals = token.indexOf('=')
    const head = equals < 0 ? token : token.slice(0, equals)
    const inline = equals < 0 ? undefined : token.slice(equals + 1)
    const exact = this.#byLong.get(head.slice(2))
    if (exact !== undefined) return { flag: exact, inline }
    const names = this.#candidates(head)
    const found = new Set(names.map((name) => this.#byLong.get(name)))
    if (found.size > 1) {
      const matches = names.map((name) => `--${name}`).join(', ')
      throw new UsageError(`ambiguous option: ${token} could match ${matches}`)
    }
    const [flag] = found
    return flag === undefined ? undefined : { flag, inline }
  }

  /** `nX`, `n=X`, `sy`: the first letter is an option; what follows is its value, or more letters. */
  #letters(text: string): Match {
    const flag = this.#byLetter.get(text.charAt(0))
    const rest = text.slice(1)
    if (flag === undefined) throw new UsageError(`unrecognized arguments: -${text}`)
    if (rest === '') return { flag, inline: undefined }
    if (rest.startsWith('=')) return { flag, inline: rest.slice(1) }
    if (flag.kind !== 'flag') return { flag, inline: rest }
    if (this.#byLetter.has(rest.charAt(0))) return { flag, inline: undefined, rest }
    return { flag, inline: rest }
  }

  #candidates(head: string): string[] {
    const prefix = head.slice(2)
    if (prefix === '') return []
    const names = [...this.#byLong.keys()].filter((name) => name.startsWith(prefix))
    const theirs = names.filter((name) => this.#byLong.get(name)?.isOwn !== true)
    return theirs.length > 0 ? theirs : names
  }

  #checkRequired(): void {
    const missing = this.#flags.filter((flag) => flag.required && !this.#values.has(nameOf(flag)))
    const { positional } = this.#command
    const labels = missing.map(flagLabel)
    if (positional?.required && this.#words.length === 0) labels.push(positional.name)
    if (labels.length === 0) return
    const examples = this.#command.examples?.slice(0, 2) ?? []
    throw new UsageError(
      `the following arguments are required: ${labels.join(', ')}`,
      examples.length === 0
        ? [`See: amlet ${this.#command.words} --help`]
        : [
            '',
            "Examples from command's help:",
            ...examples.flatMap(({ title, line }) => [line, title]),
          ],
    )
  }

  #unrecognized(): UsageError {
    const options = this.#unknown.filter((token) => token.startsWith('--'))
    const shown = this.#flags.filter((flag) => flag.isHidden !== true).flatMap(({ names }) => names)
    const near = options.flatMap((token) =>
      closestWords(token.slice(2).split('=', 1)[0] ?? '', shown),
    )
    const [first] = near
    return new UsageError(
      `unrecognized arguments: ${this.#unknown.join(' ')}`,
      first === undefined ? [] : [`Did you mean --${first} ?`],
    )
  }

  #wrong(flag: Flag, text: string): UsageError {
    return new UsageError(`argument ${flagLabel(flag)}: ${text}`)
  }

  #badChoice(flag: Flag, value: string, choices: readonly string[]): UsageError {
    const label = `--${nameOf(flag)}`
    return new UsageError(
      `amlet ${this.#command.words}: '${value}' is not a valid value for '${label}'. Allowed values: ${choices.join(', ')}.`,
    )
  }
}

interface Where {
  readonly tokens: readonly string[]
  readonly at: number
}

function nameOf(flag: Flag): string {
  return flag.names[0] ?? ''
}

function toState(text: string): boolean | undefined {
  if (/^(true|t|yes|y|1)$/i.test(text)) return true
  if (/^(false|f|no|n|0)$/i.test(text)) return false
  return undefined
}
