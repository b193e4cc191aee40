import { AmletError } from '../../core/errors.ts'
import { isMapping } from '../../core/mapping.ts'
import { padTo, widthOf } from '../../core/text-width.ts'
import type { Columns, Row } from './outcome.ts'
import { plainText, sortedKeys } from './python-text.ts'

const HIDDEN_KEYS = new Set(['id', 'type', 'etag'])
const GAP = '  '

interface TableOptions {
  readonly columns?: Columns | undefined
  /** The value came out of a query: its order stands. */
  readonly isQuery: boolean
  /** The query made this mapping: what it asks for by name is shown. */
  readonly isBuilt: (mapping: object) => boolean
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
    Math.max(cellWidth(heading) + GAP.length, ...body.map((row) => cellWidth(row[i] ?? ''))),
  )
  const rule = widths.map((width) => '-'.repeat(width))
  return [headings, rule, ...body].flatMap((row) => layOut(row, widths)).join('')
}

function toCells(row: unknown, options: TableOptions): Map<string, string> {
  const { columns, isQuery } = options
  if (columns !== undefined && !isQuery && isMapping(row)) {
    const cells = columns.map(([heading, cell]) => [heading, cell(row as Row)] as const)
    return cellMap(cells, (cell) => textOf(cell).trimEnd())
  }
  if (Array.isArray(row))
    return new Map(row.map((cell, i) => [`Column${i + 1}`, cellOf(cell)] as const))
  if (!isMapping(row)) return new Map([['Result', cellOf(row)]])
  const keys = isQuery ? Object.keys(row) : sortedKeys(row)
  const isAskedFor = isQuery && options.isBuilt(row)
  const shown = keys.filter((key) => isAskedFor || !HIDDEN_KEYS.has(key))
  const cells = shown.map((key) => [key, row[key]] as const)
  return cellMap(cells, cellOf)
}

function cellMap(
  cells: readonly (readonly [string, unknown])[],
  print: (cell: unknown) => string,
): Map<string, string> {
  const plain = cells.filter(([, cell]) => cell !== null && cell !== undefined && !isNested(cell))
  return new Map(plain.map(([key, cell]) => [capitalise(key), print(cell)]))
}

/** Blanks around a cell go, as in az; a command's own columns may begin with some. */
function cellOf(cell: unknown): string {
  return textOf(cell).trim()
}

function textOf(cell: unknown): string {
  return cell === null || cell === undefined ? '' : plainText(cell)
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
