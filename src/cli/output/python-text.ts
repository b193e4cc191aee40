import { isMapping } from '../../core/mapping.ts'
/** A number as Python writes it: `1e-05`, where JavaScript has `0.00001`. */
export function numberText(value: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value)
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4) return String(value)
  return `${digits}e-${String(-power).padStart(2, '0')}`
}

/** Any value in Python's words, as `str()` gives them: `True`, `None`, `{'a': [1, 'x']}`. Scripts compare with these. */
export function plainText(value: unknown): string {
  return typeof value === 'string' ? value : literal(value)
}

function literal(value: unknown): string {
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'number') return numberText(value)
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (!isMapping(value)) return quoted(String(value))
  const pairs = Object.entries(value).map(([key, item]) => `${quoted(key)}: ${literal(item)}`)
  return `{${pairs.join(', ')}}`
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const body = text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replace(/[\u0000-\u001f\u007f-\u00a0]/g, (character) => {
      const hex = character.charCodeAt(0).toString(16).padStart(2, '0')
      return ESCAPES[character] ?? `\\x${hex}`
    })
  return quote + body + quote
}

/** Orders texts by code point, as Python; `sort()` alone goes by UTF-16 unit. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  if (!/[\ud800-\uffff]/.test(a + b)) return a < b ? -1 : 1
  const left = Array.from(a)
  const right = Array.from(b)
  const length = Math.min(left.length, right.length)
  for (let i = 0; i < length; i += 1) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** The keys of a mapping in Python's order. */
export function sortedKeys(mapping: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(mapping).sort(compareText)
}
