import { isMapping } from '../../core/mapping.ts'
import { plainText, sortedKeys } from './python-text.ts'

/**
 * Lines of tab-separated cells, as az prints them. Mappings that a query built (`isBuilt`) keep the order of its keys;
 * those of others are sorted.
 */
export function formatTsv(value: unknown, isBuilt: (mapping: object) => boolean): string {
  const rows = Array.isArray(value) ? value : [value]
  return rows.map((row) => `${rowText(row, isBuilt)}\n`).join('')
}

function rowText(row: unknown, isBuilt: (mapping: object) => boolean): string {
  if (Array.isArray(row)) return row.map(cellText).join('\t')
  if (isMapping(row)) {
    const keys = isBuilt(row) ? Object.keys(row) : sortedKeys(row)
    return keys.map((key) => cellText(row[key])).join('\t')
  }
  return typeof row === 'boolean' ? String(row) : plainText(row)
}

function cellText(cell: unknown): string {
  if (Array.isArray(cell)) return String(cell.length)
  return isMapping(cell) ? '' : plainText(cell)
}
