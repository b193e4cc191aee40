import type { Diagnostic } from './errors.ts'
import { widthOf } from './text-width.ts'

const WIDEST = 120

/**
 * A diagnostic as people read it: `code: message`, `file:line:col`, the line with a caret below the
 * column, `hint: …`. `shorten` may make file names relative.
 */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  shorten: (file: string) => string = (file) => file,
): string {
  const { code, message, severity, source, hint } = diagnostic
  const lines = [`${severity === 'warning' ? 'warning ' : ''}${code}: ${message}`]
  if (source !== undefined) {
    lines.push(`  ${shorten(source.file)}:${source.line}:${source.column}`)
    if (source.text !== undefined && source.text.trim() !== '')
      lines.push(...withCaret(source.text, source.column).map((line) => `    ${line}`))
  }
  if (hint !== undefined) lines.push(`  hint: ${hint}`)
  return lines.join('\n')
}

/** The part of a line around its column, and the caret below it, wherever a terminal draws that column. */
function withCaret(text: string, column: number): readonly [string, string] {
  const from = column > WIDEST - 20 ? column - WIDEST / 2 : 0
  const part = text.slice(from, from + WIDEST).replaceAll('\t', ' ')
  const left = widthOf(part.slice(0, Math.max(column - 1 - from, 0)))
  const before = from > 0 ? '…' : ''
  const after = from + WIDEST < text.length ? '…' : ''
  return [`${before}${part}${after}`, `${' '.repeat(before.length + left)}^`]
}
