/** The kinds of token that the scanner gives the parser. Numbers, because they are compared 70,000 times a file. */
export const Token = {
  streamEnd: 0,
  directive: 1,
  documentStart: 2,
  documentEnd: 3,
  blockSeqStart: 4,
  blockMapStart: 5,
  blockEnd: 6,
  flowSeqStart: 7,
  flowSeqEnd: 8,
  flowMapStart: 9,
  flowMapEnd: 10,
  blockEntry: 11,
  flowEntry: 12,
  key: 13,
  value: 14,
  alias: 15,
  anchor: 16,
  tag: 17,
  scalar: 18,
} as const

export type TokenType = (typeof Token)[keyof typeof Token]

export interface ScannedToken {
  readonly type: TokenType
  readonly start: number
  readonly end: number
  /** Value of a scalar, name of an anchor or alias, handle and suffix of a tag, text of a directive. */
  readonly text: string
  readonly style: 'plain' | 'quoted' | 'block'
}

/** A place where the text stops being YAML. Thrown by scanner and parser, caught by `parseYaml` alone. */
export class YamlProblem extends Error {
  readonly offset: number
  readonly hint: string | undefined
  /** Where the innermost bracket stands that is open at the place. */
  readonly openAt: number | undefined

  constructor(message: string, offset: number, hint?: string, openAt?: number) {
    super(message)
    this.offset = offset
    this.hint = hint
    this.openAt = openAt
  }
}

/** NUL stands behind the last character; U+0085, U+2028 and U+2029 are line breaks in YAML 1.1. */
export function isBreak(code: number): boolean {
  return code === 10 || code === 13 || code === 0x85 || code === 0x2028 || code === 0x2029
}

export function isBreakOrEnd(code: number): boolean {
  return code === 0 || isBreak(code)
}

export function isBlankOrEnd(code: number): boolean {
  return code === 32 || code === 9 || isBreakOrEnd(code)
}

/** A character as a message shows it. */
export function show(code: number): string {
  if (code === 0) return 'the end of the text'
  if (code === 9) return 'a tab'
  return isBreak(code) ? 'the end of the line' : `"${String.fromCharCode(code)}"`
}
