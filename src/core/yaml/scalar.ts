import type { ScalarType } from './node.ts'

/*
 * Plain scalars as PyYAML's safe loader reads them: YAML 1.1 with PyYAML's own regular expressions.
 * `1e3` is text (an exponent needs a dot and a sign), `017` is 15, `12:30` is 750, `yes` is true.
 */
const INT =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const TIMESTAMP =
  /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/

const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word): [string, null] => [word, null]),
  ...['yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word): [string, boolean] => [word, true],
  ),
  ...['no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word): [string, boolean] => [word, false],
  ),
])

export interface ScalarMeaning {
  readonly type: ScalarType
  readonly value: null | boolean | number | string
  /** Why the text, although it looks like this type, has no value. */
  readonly problem?: string
}

/** The type and value of an unquoted scalar. Takes time linear in the text and never throws. */
export function resolvePlain(text: string): ScalarMeaning {
  if (text.length <= 5) {
    const word = WORDS.get(text)
    if (word !== undefined) return { type: word === null ? 'null' : 'bool', value: word }
  }
  if (!canBeNumber(text)) return { type: 'str', value: text }
  if (INT.test(text)) return readInt(text)
  if (FLOAT.test(text)) return { type: 'float', value: readFloat(text) }
  if (TIMESTAMP.test(text)) return readTimestamp(text)
  return { type: 'str', value: text }
}

function canBeNumber(text: string): boolean {
  if (text.length > 4_000) return false
  const code = text.charCodeAt(0)
  return (code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46
}

/** The integer that digits of the accepted forms stand for. */
function readInt(text: string): ScalarMeaning {
  const digits = text.replaceAll('_', '')
  const negative = digits.startsWith('-')
  const bare = digits.replace(/^[-+]/, '')
  const size = bare.includes(':') ? sexagesimal(bare) : wholeNumber(bare)
  if (size === undefined)
    return { type: 'int', value: 0, problem: `"${text}" has the form of a number but no digits` }
  const value = negative ? -size : size
  const exact = Number(value)
  if (Number.isSafeInteger(exact)) return { type: 'int', value: exact }
  return { type: 'int', value: String(value) }
}

function wholeNumber(bare: string): bigint | undefined {
  if (bare === '0') return 0n
  if (/^0b/.test(bare)) return bare.length > 2 ? BigInt(bare) : undefined
  if (/^0x/.test(bare)) return bare.length > 2 ? BigInt(bare) : undefined
  if (bare.startsWith('0')) return BigInt(`0o${bare}`)
  return BigInt(bare)
}

function sexagesimal(bare: string): bigint {
  return bare.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n)
}

function readFloat(text: string): number {
  const lower = text.replaceAll('_', '').toLowerCase()
  const sign = lower.startsWith('-') ? -1 : 1
  const bare = lower.replace(/^[-+]/, '')
  if (bare === '.inf') return sign * Number.POSITIVE_INFINITY
  if (bare === '.nan') return Number.NaN
  if (bare.includes(':'))
    return sign * bare.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return sign * Number(bare)
}

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function readTimestamp(text: string): ScalarMeaning {
  const [year = 0, month = 0, day = 0] = text.split(/[-Tt \t]/, 3).map(Number)
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const last = month === 2 && !leap ? 28 : (DAYS[month - 1] ?? 0)
  if (year === 0 || day < 1 || day > last)
    return {
      type: 'timestamp',
      value: text,
      problem: `"${text}" has the form of a date but is none`,
    }
  return { type: 'timestamp', value: text }
}

/** The scalar types that an explicit tag may ask for. */
export function resolveTagged(tag: string, text: string): ScalarMeaning | undefined {
  const name = tag.replace(/^tag:yaml\.org,2002:/, '')
  if (name === 'str') return { type: 'str', value: text }
  const plain = resolvePlain(text)
  // PyYAML takes a lone "!" for no tag at all, even before a quoted text.
  if (tag === '!') return plain
  if (name === 'null') return { type: 'null', value: null }
  if (name === 'int' && /^[-+]?\d+$/.test(text)) return readInt(text)
  if (name === 'float' && /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text))
    return { type: 'float', value: Number(text) }
  if (name === plain.type) return plain
  return undefined
}
