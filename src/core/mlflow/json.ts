/** JSON as MLflow's clients read and write it: 64-bit integers as numbers, NaN and infinities as strings. */

/** Text that is JSON already. */
export class RawJson {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const LONG_INTEGER = /[:[,]\s*-?\d{16,}\s*[,}\]]/

/**
 * Reads JSON without losing digits of 64-bit integers: those beyond 2^53 become `bigint`. Gives undefined for
 * text that is not JSON.
 */
export function parseJson(text: string): unknown {
  try {
    return LONG_INTEGER.test(text) ? JSON.parse(text, keepLongIntegers) : JSON.parse(text)
  } catch {
    return undefined
  }
}

function keepLongIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source
  if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value
  return /^-?\d+$/.test(source) ? BigInt(source) : value
}

/** A double as MLflow sends it. */
export function doubleText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0.0' : String(value)
  if (Number.isNaN(value)) return '"NaN"'
  return value > 0 ? '"Infinity"' : '"-Infinity"'
}

/** Writes JSON: fields that are undefined are left out, `bigint` is a plain number. */
export function toJson(value: unknown): string {
  if (value instanceof RawJson) return value.text
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return doubleText(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`
  const fields: string[] = []
  for (const [key, entry] of Object.entries(value))
    if (entry !== undefined) fields.push(`${JSON.stringify(key)}:${toJson(entry)}`)
  return `{${fields.join(',')}}`
}
