import type { Cursor } from './cursor.ts'
import { isBlankOrEnd, isBreak, isBreakOrEnd, show, YamlProblem } from './token.ts'

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\x07'],
  ['b', '\b'],
  ['t', '\t'],
  ['\t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\x1b'],
  [' ', ' '],
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['N', '\u0085'],
  ['_', '\u00a0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
])
const HEX_LENGTH: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
])

export interface PlainScalar {
  readonly text: string
  readonly end: number
  /** True when the scalar was followed by a line break, so that a key may begin. */
  readonly brokeLine: boolean
}

/** A scalar without quotes; `indent` is the least column that its further lines may have. */
export function scanPlain(cursor: Cursor, indent: number, inFlow: boolean): PlainScalar {
  let text = ''
  let spaces = ''
  let end = cursor.pos
  let brokeLine = false
  for (;;) {
    if (cursor.code() === 35) break
    const length = plainLength(cursor, inFlow)
    if (length === 0) break
    brokeLine = false
    text += spaces + cursor.text.slice(cursor.pos, cursor.pos + length)
    cursor.pos += length
    end = cursor.pos
    const between = plainSpaces(cursor)
    brokeLine = between.brokeLine
    if (between.text === '' || cursor.code() === 35) break
    if (!inFlow && cursor.column < indent) break
    spaces = between.text
  }
  return { text, end, brokeLine }
}

function plainLength(cursor: Cursor, inFlow: boolean): number {
  const { text, pos } = cursor
  let at = pos
  for (; ; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 58) {
      const next = text.charCodeAt(at + 1)
      if (isBlankOrEnd(next) || (inFlow && isFlowIndicator(next))) break
    } else if (isBlankOrEnd(code)) break
    else if (inFlow && (code === 63 || (code !== 58 && isFlowIndicator(code)))) break
  }
  return at - pos
}

/** `,` `[` `]` `{` `}` */
function isFlowIndicator(code: number): boolean {
  return code === 44 || code === 91 || code === 93 || code === 123 || code === 125
}

/** What stands between two pieces of a plain scalar: blanks as they are, line breaks folded. */
function plainSpaces(cursor: Cursor): { text: string; brokeLine: boolean } {
  const start = cursor.pos
  cursor.skipSpaces()
  if (!isBreak(cursor.code()))
    return { text: cursor.text.slice(start, cursor.pos), brokeLine: false }
  const first = cursor.takeBreak()
  if (cursor.atSeparator('---') || cursor.atSeparator('...')) return { text: '', brokeLine: true }
  let breaks = ''
  for (;;) {
    cursor.skipSpaces()
    if (!isBreak(cursor.code())) break
    breaks += cursor.takeBreak()
    if (cursor.atSeparator('---') || cursor.atSeparator('...')) return { text: '', brokeLine: true }
  }
  return { text: foldedBreak(first, breaks), brokeLine: true }
}

function foldedBreak(first: string, more: string): string {
  if (first !== '\n') return first + more
  return more === '' ? ' ' : more
}

/** A quoted scalar, from its opening quote to behind its closing one. */
export function scanQuoted(cursor: Cursor): string {
  const start = cursor.pos
  const double = cursor.code() === 34
  cursor.pos += 1
  let text = quotedPiece(cursor, double, start)
  while (cursor.code() !== (double ? 34 : 39))
    text += quotedSpaces(cursor, start) + quotedPiece(cursor, double, start)
  cursor.pos += 1
  return text
}

function quotedPiece(cursor: Cursor, double: boolean, start: number): string {
  let text = ''
  for (;;) {
    const from = cursor.pos
    let code = cursor.code()
    while (code !== 39 && code !== 34 && code !== 92 && !isBlankOrEnd(code)) {
      cursor.pos += 1
      code = cursor.code()
    }
    text += cursor.text.slice(from, cursor.pos)
    if (!double && code === 39 && cursor.code(1) === 39) {
      text += "'"
      cursor.pos += 2
    } else if ((double && code === 39) || (!double && (code === 34 || code === 92))) {
      text += String.fromCharCode(code)
      cursor.pos += 1
    } else if (double && code === 92) text += scanEscape(cursor, start)
    else return text
  }
}

function scanEscape(cursor: Cursor, start: number): string {
  const at = cursor.pos
  const letter = cursor.text.charAt(at + 1)
  const simple = ESCAPES.get(letter)
  if (simple !== undefined && cursor.code(1) !== 0) {
    cursor.pos += 2
    return simple
  }
  const length = HEX_LENGTH.get(letter)
  if (length !== undefined) {
    const digits = cursor.text.slice(at + 2, at + 2 + length)
    const code =
      /^[0-9a-fA-F]+$/.test(digits) && digits.length === length ? Number(`0x${digits}`) : -1
    if (code < 0 || code > 0x10ffff)
      throw new YamlProblem(`"\\${letter}" needs ${length} hexadecimal digits after it`, at)
    cursor.pos += 2 + length
    return String.fromCodePoint(code)
  }
  if (isBreak(cursor.code(1))) {
    cursor.pos += 1
    cursor.takeBreak()
    return quotedBreaks(cursor, start)
  }
  throw new YamlProblem(
    `"\\${letter}" is not an escape that YAML knows`,
    at,
    'put the text in single quotes, where a backslash is only a backslash, or write \\\\',
  )
}

function quotedSpaces(cursor: Cursor, start: number): string {
  const from = cursor.pos
  while (cursor.code() === 32 || cursor.code() === 9) cursor.pos += 1
  const blanks = cursor.text.slice(from, cursor.pos)
  if (cursor.code() === 0)
    throw new YamlProblem('this quote is never closed', start, 'add the closing quote')
  if (!isBreak(cursor.code())) return blanks
  const first = cursor.takeBreak()
  return foldedBreak(first, quotedBreaks(cursor, start))
}

function quotedBreaks(cursor: Cursor, start: number): string {
  let breaks = ''
  for (;;) {
    if (cursor.atSeparator('---') || cursor.atSeparator('...'))
      throw new YamlProblem('this quote is not closed before the document ends', start)
    while (cursor.code() === 32 || cursor.code() === 9) cursor.pos += 1
    if (!isBreak(cursor.code())) return breaks
    breaks += cursor.takeBreak()
  }
}

interface BlockHeader {
  readonly chomp: 'clip' | 'keep' | 'strip'
  readonly increment: number | undefined
}

/** A `|` or `>` scalar; `parentIndent` is the column of the collection that holds it, -1 at the top. */
export function scanBlock(cursor: Cursor, parentIndent: number): string {
  const folded = cursor.code() === 62
  cursor.pos += 1
  const { chomp, increment } = blockHeader(cursor)
  const least = Math.max(parentIndent + 1, 1)
  const leading = increment === undefined ? leadingBreaks(cursor) : { breaks: '', column: 0 }
  const indent = increment === undefined ? Math.max(least, leading.column) : least + increment - 1
  let breaks = increment === undefined ? leading.breaks : blockBreaks(cursor, indent)
  const pieces: string[] = []
  let lineBreak = ''
  while (cursor.column === indent && cursor.code() !== 0) {
    pieces.push(breaks)
    const plainStart = !isSpaceOrTab(cursor.code())
    const from = cursor.pos
    while (!isBreakOrEnd(cursor.code())) cursor.pos += 1
    pieces.push(cursor.text.slice(from, cursor.pos))
    lineBreak = cursor.takeBreak()
    breaks = blockBreaks(cursor, indent)
    if (cursor.column !== indent || cursor.code() === 0) break
    const folds = folded && lineBreak === '\n' && plainStart && !isSpaceOrTab(cursor.code())
    if (!folds) pieces.push(lineBreak)
    else if (breaks === '') pieces.push(' ')
  }
  if (chomp !== 'strip') pieces.push(lineBreak)
  if (chomp === 'keep') pieces.push(breaks)
  return pieces.join('')
}

function isSpaceOrTab(code: number): boolean {
  return code === 32 || code === 9
}

function blockHeader(cursor: Cursor): BlockHeader {
  let chomp: BlockHeader['chomp'] = 'clip'
  let increment: number | undefined
  for (let turn = 0; turn < 2; turn += 1) {
    const code = cursor.code()
    if (chomp === 'clip' && (code === 43 || code === 45)) chomp = code === 43 ? 'keep' : 'strip'
    else if (increment === undefined && code >= 48 && code <= 57) increment = code - 48
    else break
    cursor.pos += 1
  }
  if (increment === 0)
    throw new YamlProblem('an indentation indicator is 1 to 9, not 0', cursor.pos - 1)
  const afterIndicators = cursor.code()
  if (!isBreakOrEnd(afterIndicators) && afterIndicators !== 32) throw strayInHeader(cursor)
  cursor.skipSpaces()
  cursor.skipComment()
  if (!isBreakOrEnd(cursor.code())) throw strayInHeader(cursor)
  cursor.takeBreak()
  return { chomp, increment }
}

function strayInHeader(cursor: Cursor): YamlProblem {
  return new YamlProblem(
    `${show(cursor.code())} cannot follow "|" or ">" on its line`,
    cursor.pos,
    'begin the text on the next line',
  )
}

function leadingBreaks(cursor: Cursor): { breaks: string; column: number } {
  let breaks = ''
  let column = 0
  for (;;) {
    if (cursor.code() === 32) {
      cursor.pos += 1
      column = Math.max(column, cursor.column)
    } else if (isBreak(cursor.code())) breaks += cursor.takeBreak()
    else return { breaks, column }
  }
}

function blockBreaks(cursor: Cursor, indent: number): string {
  let breaks = ''
  for (;;) {
    while (cursor.column < indent && cursor.code() === 32) cursor.pos += 1
    if (!isBreak(cursor.code())) return breaks
    breaks += cursor.takeBreak()
  }
}
