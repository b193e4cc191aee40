import { isBreak } from './token.ts'

/** A place in the text that knows its line and column. The text ends in one NUL that is not part of it. */
export class Cursor {
  readonly text: string
  pos = 0
  line = 0
  lineStart = 0

  constructor(text: string) {
    this.text = `${text}\0`
  }

  get column(): number {
    return this.pos - this.lineStart
  }

  code(ahead = 0): number {
    const code = this.text.charCodeAt(this.pos + ahead)
    return Number.isNaN(code) ? 0 : code
  }

  /** Steps over one line break and gives what it stands for: a newline, or U+2028 and U+2029 themselves. */
  takeBreak(): string {
    const code = this.code()
    if (!isBreak(code)) return ''
    this.pos += code === 13 && this.code(1) === 10 ? 2 : 1
    this.line += 1
    this.lineStart = this.pos
    return code === 0x2028 || code === 0x2029 ? String.fromCharCode(code) : '\n'
  }

  skipSpaces(): void {
    while (this.text.charCodeAt(this.pos) === 32) this.pos += 1
  }

  /** Leaves the cursor at the break that ends a comment; does nothing where none begins. */
  skipComment(): void {
    if (this.code() !== 35) return
    while (this.code() !== 0 && !isBreak(this.code())) this.pos += 1
  }

  /** True at `---` or `...` that stands alone at the beginning of a line. */
  atSeparator(mark: '---' | '...'): boolean {
    if (this.pos !== this.lineStart || !this.text.startsWith(mark, this.pos)) return false
    const next = this.code(3)
    return next === 0 || next === 32 || next === 9 || isBreak(next)
  }
}
