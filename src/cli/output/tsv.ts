import { isMapping } from './sort-keys.ts'

/**
 * Lines of tab-separated cells, as az prints them. `isOrdered` keeps the order of keys that a query gave; without it
 * they are sorted.
 */
export function formatTsv(value: unknown, isOrdered: boolean): string {
  const rows = Array.isArray(value) ? value : [value]
  return rows.map((row) => `${rowText(row, isOrdered)}\n`).join('')
}

function rowText(row: unknown, isOrdered: boolean): string {
  if (Array.isArray(row)) return row.map(cellText).join('\t')
  if (isMapping(row)) {
    const keys = isOrdered ? Object.keys(row) : Object.keys(row).sort()
    return keys.map((key) => cellText(row[key])).join('\t')
  }
  return typeof row === 'boolean' ? String(row) : cellText(row)
}

function cellText(cell: unknown): string {
  if (Array.isArray(cell)) return String(cell.length)
  if (isMapping(cell)) return ''
  return plainText(cell)
}

/** A scalar in Python's words: `True`, `None`. Scripts of az users compare with these. */
export function plainText(value: unknown): string {
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (value === null || value === undefined) return 'None'
  return String(value)
}
