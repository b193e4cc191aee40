import type { ScalarStyle } from './scalar-style.ts'

/** Longer lines are folded at the next blank, as PyYAML does. */
const WIDTH = 80

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
}
const IN_DOUBLE_QUOTES = /^[\x20!#-[\]-~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/
const IS_BREAK = /^[\n\x85\u2028\u2029]$/

/** The text of a YAML document with what PyYAML's emitter keeps in mind: the column, and what stands before it. */
export class YamlWriter {
  text = ''
  #column = 0
  /** Only blanks and indicators such as `- ` stand before the column. */
  #isIndention = true
  #isWhitespace = true

  get isIndention(): boolean {
    return this.#isIndention
  }

  /** `-`, `:`, `?`, `[]`. A blank goes in front where one is needed. */
  indicator(mark: string, options: { needsSpace?: boolean; isIndention?: boolean } = {}): void {
    const gap = this.#isWhitespace || !options.needsSpace ? '' : ' '
    this.#isWhitespace = false
    this.#isIndention = this.#isIndention && options.isIndention === true
    this.#put(gap + mark)
  }

  /** `-`, `?` and the `:` of its value: behind it, what else would begin a line of its own may stand. */
  item(mark: string): void {
    this.indicator(mark, { needsSpace: true, isIndention: true })
  }

  /** Goes to the indent, on a new line unless only blanks stand in this one. */
  indent(to: number): void {
    const isThere = this.#column < to || (this.#column === to && this.#isWhitespace)
    if (!this.#isIndention || !isThere) this.#break('\n')
    if (this.#column >= to) return
    this.#put(' '.repeat(to - this.#column))
    this.#isWhitespace = true
  }

  end(): void {
    if (this.#column > 0) this.#break('\n')
  }

  /** A scalar; `folds` unless it is a key. */
  scalar(text: string, style: ScalarStyle, place: { indent: number; folds: boolean }): void {
    const characters = Array.from(text)
    if (style === 'plain') this.#plain(characters, place)
    else if (style === 'single') this.#single(characters, place)
    else this.#double(characters, place)
  }

  #plain(characters: readonly string[], { indent, folds }: { indent: number; folds: boolean }) {
    if (!this.#isWhitespace) this.#put(' ')
    this.#isWhitespace = false
    this.#isIndention = false
    for (const { run, isSpace } of runsOf(characters)) {
      if (isSpace && run.length === 1 && this.#column > WIDTH && folds) this.#fold(indent)
      else this.#put(run)
    }
  }

  #single(characters: readonly string[], { indent, folds }: { indent: number; folds: boolean }) {
    this.indicator("'", { needsSpace: true })
    const runs = runsOf(characters)
    for (const [i, { run, isSpace, isBreak }] of runs.entries()) {
      const isInside = i > 0 && i < runs.length - 1
      if (isSpace && run.length === 1 && this.#column > WIDTH && folds && isInside)
        this.#fold(indent)
      else if (isBreak) this.#breaks(run, indent)
      else this.#put(run.replaceAll("'", "''"))
    }
    this.indicator("'")
  }

  #breaks(run: string, indent: number): void {
    if (run.startsWith('\n')) this.#break('\n')
    for (const character of run) this.#break(character)
    this.indent(indent)
  }

  /** Port of PyYAML's `write_double_quoted`: `from` is where what is not written yet begins. */
  #double(characters: readonly string[], { indent, folds }: { indent: number; folds: boolean }) {
    this.indicator('"', { needsSpace: true })
    let from = 0
    for (let at = 0; at <= characters.length; at += 1) {
      const character = characters[at]
      if (character === undefined || !IN_DOUBLE_QUOTES.test(character)) {
        this.#put(characters.slice(from, at).join(''))
        from = Math.max(from, at)
        if (character !== undefined) {
          this.#put(escaped(character))
          from = at + 1
        }
      }
      const isInside = at > 0 && at < characters.length - 1
      const isFull = this.#column + (at - from) > WIDTH
      if (!folds || !isInside || !isFull || (character !== ' ' && from < at)) continue
      this.#put(`${characters.slice(from, at).join('')}\\`)
      from = Math.max(from, at)
      this.#fold(indent)
      if (characters[from] === ' ') this.#put('\\')
    }
    this.indicator('"')
  }

  #fold(indent: number): void {
    this.indent(indent)
    this.#isWhitespace = false
    this.#isIndention = false
  }

  #break(character: string): void {
    this.text += character
    this.#column = 0
    this.#isWhitespace = true
    this.#isIndention = true
  }

  #put(text: string): void {
    this.text += text
    this.#column += [...text].length
  }
}

interface RunOfText {
  readonly run: string
  readonly isSpace: boolean
  readonly isBreak: boolean
}

/** The text cut where blanks, line breaks and other characters meet. */
function runsOf(characters: readonly string[]): RunOfText[] {
  const kindOf = (character: string) => (character === ' ' ? 1 : IS_BREAK.test(character) ? 2 : 0)
  const runs: { run: string; kind: number }[] = []
  for (const character of characters) {
    const kind = kindOf(character)
    const last = runs.at(-1)
    if (last?.kind === kind) last.run += character
    else runs.push({ run: character, kind })
  }
  return runs.map(({ run, kind }) => ({ run, isSpace: kind === 1, isBreak: kind === 2 }))
}

function escaped(character: string): string {
  const known = ESCAPES[character]
  if (known !== undefined) return `\\${known}`
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
