import { invalid } from '../errors.ts'

/** One comparison of a filter as it was written, before anybody knows what its names mean. */
export interface RawClause {
  /** Identifier as written, quotes and backticks included. */
  readonly identifier: string
  /** Upper case: `=`, `LIKE`, `NOT IN`, `IS NULL`… */
  readonly comparator: string
  readonly value: RawValue
}

export type RawValue =
  | { readonly type: 'none'; readonly text: '' }
  /** `text` with its quotes. */
  | { readonly type: 'string'; readonly text: string }
  | { readonly type: 'number'; readonly text: string }
  | { readonly type: 'list'; readonly text: string; readonly entries: readonly string[] }
  | { readonly type: 'word'; readonly text: string }

const SPACE = /\s+/y
const IDENTIFIER =
  /(?:[\p{L}_][\p{L}\p{N}_]*|`[^`]*`|"[^"]*")(?:\.(?:[\p{L}\p{N}_]+|`[^`]*`|"[^"]*"))*/uy
const COMPARATOR =
  /(?:is\s+not\s+null|is\s+null|not\s+in|in|not\s+like|ilike|like|rlike)(?![\p{L}\p{N}_])|[=!<>]+/iuy
const AND = /and(?![\p{L}\p{N}_])/iuy
const STRING = /'(?:[^']|'')*'|"[^"]*"/y
const NUMBER = /[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\p{L}\p{N}_.])/uy
const WORD = /[^\s()]+/y

/** Cuts `clause (AND clause)*` into its clauses. Throws INVALID_PARAMETER_VALUE for anything else. */
export function readClauses(filter: string): readonly RawClause[] {
  const reader = new Reader(filter)
  const clauses: RawClause[] = []
  reader.take(SPACE)
  while (!reader.atEnd) {
    if (clauses.length > 0 && reader.take(AND) === undefined) throw reader.unexpected()
    reader.take(SPACE)
    clauses.push(readClause(reader))
    reader.take(SPACE)
  }
  return clauses
}

function readClause(reader: Reader): RawClause {
  const identifier = reader.take(IDENTIFIER)
  if (identifier === undefined) throw reader.unexpected()
  reader.take(SPACE)
  const comparator = reader.take(COMPARATOR)?.toUpperCase().replaceAll(/\s+/g, ' ')
  if (comparator === undefined) throw reader.unexpected(identifier)
  if (comparator.startsWith('IS '))
    return { identifier, comparator, value: { type: 'none', text: '' } }
  reader.take(SPACE)
  const value = readValue(reader)
  if (value === undefined) throw reader.unexpected(`${identifier} ${comparator}`)
  return { identifier, comparator, value }
}

function readValue(reader: Reader): RawValue | undefined {
  const string = reader.take(STRING)
  if (string !== undefined) return { type: 'string', text: string }
  const number = reader.take(NUMBER)
  if (number !== undefined) return { type: 'number', text: number }
  if (reader.peek() === '(') return readListValue(reader)
  const word = reader.take(WORD)
  return word === undefined ? undefined : { type: 'word', text: word }
}

const LIST = /\((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^()'"])*\)/y
const LIST_ENTRY = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^,\s]+))\s*(,|$)/y

function readListValue(reader: Reader): RawValue {
  const text = reader.take(LIST)
  if (text === undefined) throw reader.unexpected()
  const inner = text.slice(1, -1)
  if (inner.trim() === '')
    throw invalid(
      'While parsing a list in the query, expected a non-empty list of string values, but got empty list',
    )
  const entries: string[] = []
  LIST_ENTRY.lastIndex = 0
  while (LIST_ENTRY.lastIndex < inner.length) {
    const match = LIST_ENTRY.exec(inner)
    if (match === null) throw illFormedList()
    if (match[3] !== undefined)
      throw invalid(
        `While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: ${text}`,
      )
    entries.push((match[1] ?? match[2] ?? '').replaceAll(/\\(.)/g, '$1'))
  }
  return { type: 'list', text, entries }
}

function illFormedList(): Error {
  return invalid(
    'While parsing a list in the query, expected a non-empty list of string values, but got ill-formed list.',
  )
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  peek(): string | undefined {
    return this.#text[this.#at]
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match === null) return undefined
    this.#at = pattern.lastIndex
    return match[0]
  }

  unexpected(before = ''): Error {
    const rest = this.#text.slice(this.#at).trim()
    return invalid(`Invalid clause(s) in filter string: '${`${before} ${rest}`.trim()}'`)
  }
}
