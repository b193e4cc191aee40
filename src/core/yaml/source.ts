import type { SourceRef } from '../errors.ts'

/** The text of one file (or of one `--set`), and where its lines begin. Lines are counted only when asked for. */
export class Source {
  readonly file: string
  readonly text: string
  #lineStarts: number[] | undefined

  constructor(file: string, text: string) {
    this.file = file
    this.text = text
  }

  /** Line and column (both from 1) of an offset, with the text of that line. */
  at(offset: number, path?: string): SourceRef {
    const starts = this.#starts()
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] as number) <= offset) low = middle
      else high = middle - 1
    }
    const start = starts[low] as number
    const end = starts[low + 1] ?? this.text.length + 1
    const text = this.text.slice(start, end - 1).replace(/[\r\n]+$/u, '')
    const column = offset - start + 1
    return { file: this.file, line: low + 1, column, path, text: clip(text, column) }
  }

  #starts(): number[] {
    if (this.#lineStarts !== undefined) return this.#lineStarts
    const starts = [0]
    const breaks = /\r\n|[\r\n\u0085\u2028\u2029]/gu
    for (let hit = breaks.exec(this.text); hit !== null; hit = breaks.exec(this.text))
      starts.push(hit.index + hit[0].length)
    this.#lineStarts = starts
    return starts
  }
}

const LONGEST_LINE = 4_000

/** A line of megabytes is of no use in a message; the part up to the column is kept. */
function clip(text: string, column: number): string {
  return text.length <= LONGEST_LINE ? text : text.slice(0, Math.min(column + 80, LONGEST_LINE))
}
