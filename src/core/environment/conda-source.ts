import { isNode, LineCounter, parseDocument } from 'yaml'
import type { SourceRef } from '../errors.ts'

/** The text that a conda specification was read from, so that messages can name its lines. */
export interface CondaSource {
  /** Absolute path of the file. */
  readonly file: string
  readonly text: string
  /** Where the specification stands in that file when it is inline: `['environment', 'conda_file']`. */
  readonly at?: readonly (string | number)[]
}

/** File, line and column of a place below the conda specification; `undefined` when there is none. */
export function locateConda(
  source: CondaSource | undefined,
  path: readonly (string | number)[],
): SourceRef | undefined {
  if (source === undefined) return undefined
  const lineCounter = new LineCounter()
  const document = parseDocument(source.text, { lineCounter, keepSourceTokens: false })
  const full = [...(source.at ?? []), ...path]
  const node = document.getIn(full, true)
  if (!isNode(node) || node.range === undefined || node.range === null) return undefined
  const { line, col } = lineCounter.linePos(node.range[0])
  const text = source.text.split('\n')[line - 1] ?? ''
  return {
    file: source.file,
    line,
    column: col,
    path: full.join('.'),
    text: text.replace(/\r$/, ''),
  }
}
