import { AmletError } from '../../core/errors.ts'
import type { Columns, Row } from './outcome.ts'
import { isMapping } from './sort-keys.ts'
import { plainText } from './tsv.ts'
import { padTo, widthOf } from './width.ts'

const HIDDEN_KEYS = new Set(['id', 'type', 'etag'])
const GAP = '  '

interface TableOptions {
  readonly columns?: Columns | undefined
  /** The value came out of a query: its order stands, and no key is hidden. */
  readonly isQuery: boolean
}

/** A table with two blanks between columns and a line below the headings, as az prints it. */
export function formatTable(value: unknown, options: TableOptions): string {
  const rows = (Array.isArray(value) ? value : [value]).map((row) => toCells(row, options))
  if (rows.length === 0) return '\n'
  const headings = [...new Set(rows.flatMap((row) => [...row.keys()]))]
  if (headings.length === 0)
    throw new AmletError({
      code: 'UserError',
      message:
        'Table output unavailable. Use the --query option to specify an appropriate query. Use --debug for more info.',
    })
  const body = rows.map((row) => headings.map((heading) => row.get(heading) ?? ''))
  const widths = headings.map((heading, i) =>
    Math.max(widthOf(heading) + GAP.length, ...body.map((row) => cellWidth(row[i] ?? ''))),
  )
  const rule = widths.map((width) => '-'.repeat(width))
  return [headings, rule, ...body].flatMap((row) => layOut(row, widths)).join('')
}

function toCells(row: unknown, { columns, isQuery }: TableOptions): Map<string, string> {
  if (columns !== undefined && !isQuery && isMapping(row)) {
    const cells = columns.map(([heading, cell]) => [heading, cell(row as Row)] as const)
    return cellMap(cells)
  }
  if (Array.isArray(row)) return cellMap(row.map((cell, i) => [`Column${i + 1}`, cell] as const))
  if (!isMapping(row)) return new Map([['Result', plainText(row)]])
  const keys = isQuery ? Object.keys(row) : Object.keys(row).sort()
  const shown = keys.filter((key) => isQuery || !HIDDEN_KEYS.has(key))
  return cellMap(shown.map((key) => [key, row[key]] as const))
}

function cellMap(cells: readonly (readonly [string, unknown])[]): Map<string, string> {
  const plain = cells.filter(([, cell]) => cell !== null && cell !== undefined && !isNested(cell))
  return new Map(plain.map(([key, cell]) => [capitalise(key), plainText(cell)]))
}

function isNested(cell: unknown): boolean {
  return typeof cell === 'object'
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** One row of cells, of as many lines as its tallest cell has. */
function layOut(row: readonly string[], widths: readonly number[]): string[] {
  const cells = row.map((cell) => cell.split('\n'))
  const height = Math.max(...cells.map((lines) => lines.length))
  return Array.from({ length: height }, (_, line) => {
    const padded = cells.map((lines, i) => padTo(lines[line] ?? '', widths[i] ?? 0))
    return `${padded.join(GAP).trimEnd()}\n`
  })
}

function cellWidth(cell: string): number {
  return Math.max(...cell.split('\n').map(widthOf))
}
