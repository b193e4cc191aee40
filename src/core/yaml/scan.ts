import { Cursor } from './cursor.ts'
import { scanBlock, scanPlain, scanQuoted } from './scan-scalar.ts'
import {
  isBlankOrEnd,
  isBreak,
  isBreakOrEnd,
  type ScannedToken,
  show,
  Token,
  type TokenType,
  YamlProblem,
} from './token.ts'

/** How deep flow and block collections may nest. PyYAML gives up at about 400. */
const DEEPEST = 200
/** A key and its colon stand within this many characters, on one line. */
const LONGEST_KEY = 1024

interface PossibleKey {
  readonly index: number
  readonly required: boolean
  readonly pos: number
  readonly line: number
  readonly column: number
}

/**
 * Text to tokens, as YAML 1.1 and PyYAML cut it: where a `:` turns up, the KEY token is put in
 * before whatever began the key, and changes of indentation become tokens of their own.
 *
 * @throws YamlProblem at the first place that is not YAML.
 */
export function scanTokens(text: string): readonly ScannedToken[] {
  return new Scanner(text).run()
}

class Scanner {
  readonly #cursor: Cursor
  readonly #tokens: ScannedToken[] = []
  readonly #indents: number[] = []
  /** By flow level: what could turn out to be a key once its colon is seen. */
  readonly #keys: (PossibleKey | undefined)[] = [undefined]
  #indent = -1
  #flowLevel = 0
  /** Where each bracket stands that is open. */
  readonly #brackets: number[] = []
  #keyAllowed = true

  constructor(text: string) {
    this.#cursor = new Cursor(text)
  }

  run(): readonly ScannedToken[] {
    try {
      while (this.#next());
      return this.#tokens
    } catch (error) {
      if (!(error instanceof YamlProblem)) throw error
      throw new YamlProblem(error.message, error.offset, error.hint, this.#brackets.at(-1))
    }
  }

  #push(type: TokenType, start: number, end = this.#cursor.pos): void {
    this.#tokens.push({ type, start, end, text: '', style: 'plain' })
  }

  #pushText(type: TokenType, start: number, text: string): void {
    this.#tokens.push({ type, start, end: this.#cursor.pos, text, style: 'plain' })
  }

  #next(): boolean {
    const cursor = this.#cursor
    this.#skipToToken()
    this.#dropStaleKeys()
    this.#unwind(cursor.column)
    const code = cursor.code()
    if (code === 0) {
      this.#end()
      return false
    }
    if (cursor.column === 0 && this.#takeDocumentMark(code)) return true
    if (!this.#takeIndicator(code)) this.#takeContent(code)
    return true
  }

  #skipToToken(): void {
    const cursor = this.#cursor
    for (;;) {
      cursor.skipSpaces()
      cursor.skipComment()
      if (!isBreak(cursor.code())) return
      cursor.takeBreak()
      if (this.#flowLevel === 0) this.#keyAllowed = true
    }
  }

  #end(): void {
    this.#unwind(-1)
    this.#dropKey()
    this.#push(Token.streamEnd, this.#cursor.pos)
  }

  #takeDocumentMark(code: number): boolean {
    const cursor = this.#cursor
    const mark = code === 45 ? '---' : code === 46 ? '...' : undefined
    if (code !== 37 && (mark === undefined || !cursor.atSeparator(mark))) return false
    this.#unwind(-1)
    this.#dropKey()
    this.#keyAllowed = false
    const start = cursor.pos
    if (mark === undefined) this.#takeDirective()
    else {
      cursor.pos += 3
      this.#push(mark === '---' ? Token.documentStart : Token.documentEnd, start)
    }
    return true
  }

  #takeDirective(): void {
    const cursor = this.#cursor
    const start = cursor.pos
    while (!isBreakOrEnd(cursor.code()) && cursor.code() !== 35) cursor.pos += 1
    const text = cursor.text.slice(start, cursor.pos).trimEnd()
    if (!/^%(?:YAML +1\.\d+|TAG +!(?:[\w-]*!)? +\S+|(?!YAML\b|TAG\b)[\w-]+(?: .*)?)$/u.test(text))
      throw new YamlProblem(`"${text}" is not a directive that YAML 1.1 knows`, start)
    this.#pushText(Token.directive, start, text)
    cursor.skipComment()
  }

  #takeIndicator(code: number): boolean {
    switch (code) {
      case 91:
        return this.#openFlow(Token.flowSeqStart)
      case 123:
        return this.#openFlow(Token.flowMapStart)
      case 93:
        return this.#closeFlow(Token.flowSeqEnd)
      case 125:
        return this.#closeFlow(Token.flowMapEnd)
      case 44:
        return this.#takeFlowEntry()
      case 45:
        return isBlankOrEnd(this.#cursor.code(1)) && this.#takeBlockEntry()
      case 63:
        return this.#beforeBlankOrInFlow() && this.#takeExplicitKey()
      case 58:
        return this.#beforeBlankOrInFlow() && this.#takeValue()
      default:
        return false
    }
  }

  #beforeBlankOrInFlow(): boolean {
    return this.#flowLevel > 0 || isBlankOrEnd(this.#cursor.code(1))
  }

  #takeContent(code: number): void {
    if (code === 42) this.#takeName(Token.alias)
    else if (code === 38) this.#takeName(Token.anchor)
    else if (code === 33) this.#takeTag()
    else if ((code === 124 || code === 62) && this.#flowLevel === 0) this.#takeBlockScalar()
    else if (code === 39 || code === 34) this.#takeQuoted()
    else if (this.#canBePlain(code)) this.#takePlain()
    else throw this.#strayCharacter(code)
  }

  #strayCharacter(code: number): YamlProblem {
    const hint =
      code === 9
        ? 'indent with spaces; YAML does not take tabs'
        : 'put the value in quotes when it begins with this character'
    return new YamlProblem(`${show(code)} cannot begin a value here`, this.#cursor.pos, hint)
  }

  #openFlow(type: TokenType): boolean {
    const start = this.#cursor.pos
    this.#noteKey()
    this.#flowLevel += 1
    this.#brackets.push(start)
    if (this.#flowLevel + this.#indents.length > DEEPEST) throw tooDeep(start)
    this.#keys[this.#flowLevel] = undefined
    this.#keyAllowed = true
    this.#cursor.pos += 1
    this.#push(type, start)
    return true
  }

  #closeFlow(type: TokenType): boolean {
    const start = this.#cursor.pos
    if (this.#flowLevel === 0)
      throw new YamlProblem(`${show(this.#cursor.code())} closes nothing`, start)
    this.#dropKey()
    this.#flowLevel -= 1
    this.#brackets.pop()
    this.#keyAllowed = false
    this.#cursor.pos += 1
    this.#push(type, start)
    return true
  }

  #takeFlowEntry(): boolean {
    const start = this.#cursor.pos
    this.#keyAllowed = true
    this.#dropKey()
    this.#cursor.pos += 1
    this.#push(Token.flowEntry, start)
    return true
  }

  #takeBlockEntry(): boolean {
    const start = this.#cursor.pos
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed)
        throw new YamlProblem('a list cannot begin here', start, 'put the list on lines of its own')
      if (this.#indentTo(this.#cursor.column)) this.#push(Token.blockSeqStart, start, start)
    }
    this.#keyAllowed = true
    this.#dropKey()
    this.#cursor.pos += 1
    this.#push(Token.blockEntry, start)
    return true
  }

  #takeExplicitKey(): boolean {
    const start = this.#cursor.pos
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed) throw new YamlProblem('a key cannot begin here', start)
      if (this.#indentTo(this.#cursor.column)) this.#push(Token.blockMapStart, start, start)
    }
    this.#keyAllowed = this.#flowLevel === 0
    this.#dropKey()
    this.#cursor.pos += 1
    this.#push(Token.key, start)
    return true
  }

  #takeValue(): boolean {
    const start = this.#cursor.pos
    const key = this.#keys[this.#flowLevel]
    if (key !== undefined) {
      this.#keys[this.#flowLevel] = undefined
      const opens = this.#flowLevel === 0 && this.#indentTo(key.column)
      const at = { start: key.pos, end: key.pos, text: '', style: 'plain' } as const
      const inserted: ScannedToken[] = opens ? [{ type: Token.blockMapStart, ...at }] : []
      inserted.push({ type: Token.key, ...at })
      this.#tokens.splice(key.index, 0, ...inserted)
      this.#keyAllowed = false
    } else this.#takeBareValue(start)
    this.#cursor.pos += 1
    this.#push(Token.value, start)
    return true
  }

  /** A `:` with no key before it on its line. */
  #takeBareValue(start: number): void {
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed)
        throw new YamlProblem(
          'a second ": " in one value is not YAML',
          start,
          'put the whole value in quotes, or the mapping on lines of its own',
        )
      if (this.#indentTo(this.#cursor.column)) this.#push(Token.blockMapStart, start, start)
    }
    this.#keyAllowed = this.#flowLevel === 0
    this.#dropKey()
  }

  #takeName(type: TokenType): void {
    const cursor = this.#cursor
    this.#noteKey()
    this.#keyAllowed = false
    const start = cursor.pos
    cursor.pos += 1
    const name = /^[\w-]*/.exec(cursor.text.slice(cursor.pos, cursor.pos + LONGEST_KEY))?.[0] ?? ''
    cursor.pos += name.length
    const next = cursor.code()
    if (name === '' || (!isBlankOrEnd(next) && !'?:,]}%@`'.includes(String.fromCharCode(next)))) {
      const what = type === Token.alias ? '"*" begins an alias' : '"&" begins an anchor'
      throw new YamlProblem(
        `${what}, and ${show(next)} cannot stand in its name`,
        cursor.pos,
        'put the value in quotes when it is meant as text',
      )
    }
    this.#pushText(type, start, name)
  }

  #takeTag(): void {
    const cursor = this.#cursor
    this.#noteKey()
    this.#keyAllowed = false
    const start = cursor.pos
    while (!isBreakOrEnd(cursor.code()) && cursor.code() !== 32 && cursor.code() !== 9)
      cursor.pos += 1
    if (cursor.code() === 9) throw this.#strayCharacter(9)
    this.#pushText(Token.tag, start, cursor.text.slice(start, cursor.pos))
  }

  #takeBlockScalar(): void {
    const start = this.#cursor.pos
    this.#keyAllowed = true
    this.#dropKey()
    const text = scanBlock(this.#cursor, this.#indent)
    this.#tokens.push({ type: Token.scalar, start, end: this.#cursor.pos, text, style: 'block' })
  }

  #takeQuoted(): void {
    const start = this.#cursor.pos
    this.#noteKey()
    this.#keyAllowed = false
    const text = scanQuoted(this.#cursor)
    this.#tokens.push({ type: Token.scalar, start, end: this.#cursor.pos, text, style: 'quoted' })
  }

  #canBePlain(code: number): boolean {
    if (!isBlankOrEnd(code) && !'-?:,[]{}#&*!|>\'"%@`'.includes(String.fromCharCode(code)))
      return true
    if (isBlankOrEnd(this.#cursor.code(1))) return false
    return code === 45 || (this.#flowLevel === 0 && (code === 63 || code === 58))
  }

  #takePlain(): void {
    const start = this.#cursor.pos
    this.#noteKey()
    this.#keyAllowed = false
    const plain = scanPlain(this.#cursor, this.#indent + 1, this.#flowLevel > 0)
    if (plain.brokeLine) this.#keyAllowed = true
    this.#tokens.push({
      type: Token.scalar,
      start,
      end: plain.end,
      text: plain.text,
      style: 'plain',
    })
  }

  /** Remembers that a key may begin here; it becomes one when a colon follows in time. */
  #noteKey(): void {
    if (!this.#keyAllowed) return
    this.#dropKey()
    const { pos, line, column } = this.#cursor
    const required = this.#flowLevel === 0 && this.#indent === column
    this.#keys[this.#flowLevel] = { index: this.#tokens.length, required, pos, line, column }
  }

  #dropKey(): void {
    const key = this.#keys[this.#flowLevel]
    if (key === undefined) return
    this.#keys[this.#flowLevel] = undefined
    if (key.required) throw missingColon(key.pos)
  }

  #dropStaleKeys(): void {
    const { line, pos } = this.#cursor
    for (let level = 0; level <= this.#flowLevel; level += 1) {
      const key = this.#keys[level]
      if (key === undefined || (key.line === line && pos - key.pos <= LONGEST_KEY)) continue
      if (key.required) throw missingColon(key.pos)
      this.#keys[level] = undefined
    }
  }

  #unwind(column: number): void {
    if (this.#flowLevel > 0) return
    while (this.#indent > column) {
      this.#push(Token.blockEnd, this.#cursor.pos)
      this.#indent = this.#indents.pop() ?? -1
    }
  }

  #indentTo(column: number): boolean {
    if (this.#indent >= column) return false
    this.#indents.push(this.#indent)
    if (this.#indents.length > DEEPEST) throw tooDeep(this.#cursor.pos)
    this.#indent = column
    return true
  }
}

function missingColon(offset: number): YamlProblem {
  return new YamlProblem(
    'this line has no ":" although it stands where a key is expected',
    offset,
    'add the colon, or indent the line so that it belongs to the value above',
  )
}

function tooDeep(offset: number): YamlProblem {
  return new YamlProblem(
    `collections are nested more than ${DEEPEST} levels deep`,
    offset,
    'flatten the value',
  )
}
