import { asMapping, isMapping } from '../mapping.ts'
/**
 * Request messages as tables of fields, read the way protobuf's JSON reader does: numbers may come as strings,
 * unknown fields and unknown enum names are ignored, `snake_case` and `camelCase` both count.
 */
import { invalid, invalidValue } from './errors.ts'

type FieldType = 'string' | 'int' | 'long' | 'float' | 'bool' | 'enum' | 'object' | 'map'

interface Field {
  readonly type: FieldType
  readonly many?: true
  readonly required?: true
  /** Another name of the same field; either alone will do. */
  readonly alias?: string
  readonly values?: readonly string[]
  readonly fields?: Fields
  /** Largest number allowed. */
  readonly max?: number
}

export type Fields = Readonly<Record<string, Field>>

type Scalar<F extends Field> = F['type'] extends 'string' | 'enum'
  ? string
  : F['type'] extends 'int' | 'float'
    ? number
    : F['type'] extends 'long'
      ? number | bigint
      : F['type'] extends 'bool'
        ? boolean
        : F['type'] extends 'map'
          ? Readonly<Record<string, string>>
          : F extends { readonly fields: infer Inner extends Fields }
            ? Message<Inner>
            : never

/** What a table of fields reads to: `many` is always a list, the rest may be undefined unless required. */
export type Message<T extends Fields> = {
  readonly [K in keyof T]: T[K]['many'] extends true
    ? readonly Scalar<T[K]>[]
    : T[K]['required'] extends true
      ? Scalar<T[K]>
      : Scalar<T[K]> | undefined
}

const SEE_DOCS = ' See the API docs for more information about request parameters.'

/** Reads one message; throws the first thing that is wrong, in the order of the table. */
export function readMessage<T extends Fields>(fields: T, source: unknown): Message<T> {
  const object = asMapping(source)
  rejectDoubleSpelling(fields, object)
  const message: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    const value = pick(object, name, field)
    if (field.required === true && (value === undefined || value === ''))
      throw invalid(`Missing value for required parameter '${name}'.${SEE_DOCS}`)
    message[name] = field.many === true ? readList(field, name, value) : readOne(field, name, value)
  }
  return message as Message<T>
}

/** Query parameters as a message source: fields that may repeat become lists. */
export function fromQuery(fields: Fields, query: URLSearchParams): Record<string, unknown> {
  const source: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields))
    for (const key of field.alias === undefined ? [name] : [name, field.alias]) {
      if (!query.has(key)) continue
      source[key] =
        field.many === true ? query.getAll(key) : queryScalar(field, query.get(key) ?? '')
    }
  return source
}

function queryScalar(field: Field, text: string): unknown {
  if (field.type !== 'bool') return text
  const lower = text.toLowerCase()
  if (lower !== 'true' && lower !== 'false')
    throw invalid(`Invalid boolean value: ${text}, must be 'true' or 'false'.`)
  return lower === 'true'
}

const CAMEL_NAMES = new Map<string, string>()

function camelCase(name: string): string {
  let camel = CAMEL_NAMES.get(name)
  if (camel === undefined) {
    camel = name.replaceAll(/_(\w)/g, (_match, letter: string) => letter.toUpperCase())
    CAMEL_NAMES.set(name, camel)
  }
  return camel
}

function rejectDoubleSpelling(fields: Fields, object: Record<string, unknown>): void {
  for (const name of Object.keys(fields)) {
    const camel = camelCase(name)
    if (camel !== name && Object.hasOwn(object, name) && Object.hasOwn(object, camel))
      throw invalid(`Request specifies both '${name}' and '${camel}'; provide only one of them.`)
  }
}

function pick(object: Record<string, unknown>, name: string, field: Field): unknown {
  for (const key of [name, camelCase(name), field.alias]) {
    if (key === undefined || !Object.hasOwn(object, key)) continue
    const value = object[key]
    if (value !== undefined && value !== null) return value
  }
  return undefined
}

function readList(field: Field, name: string, value: unknown): readonly unknown[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw wrongType(name, value)
  const entries: unknown[] = []
  for (const entry of value) {
    const read = readOne(field, name, entry, value)
    if (read !== undefined) entries.push(read)
  }
  return entries
}

function readOne(field: Field, name: string, value: unknown, shown: unknown = value): unknown {
  if (value === undefined || value === null) return undefined
  switch (field.type) {
    case 'string':
      if (typeof value !== 'string') throw wrongType(name, shown)
      return value
    case 'bool':
      if (typeof value !== 'boolean') throw wrongType(name, shown)
      return value
    case 'float':
      return readDouble(name, value)
    case 'int':
    case 'long':
      return readInteger(field, name, value)
    case 'enum':
      return readEnum(field, value)
    case 'map':
      return asMapping(value)
    case 'object':
      if (!isMapping(value)) throw wrongType(name, shown)
      return readMessage(field.fields ?? {}, value)
  }
}

function readDouble(name: string, value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'string') {
    if (/^[-+]?(nan|inf(inity)?)$/i.test(value))
      return /nan/i.test(value) ? Number.NaN : value.startsWith('-') ? -Infinity : Infinity
    if (value.trim() !== '' && !Number.isNaN(Number(value))) return Number(value)
  }
  throw wrongType(name, value)
}

const LONG_LIMIT = 2n ** 63n

function readInteger(field: Field, name: string, value: unknown): number | bigint {
  const found = integerOf(value)
  if (found === undefined) throw wrongType(name, value)
  const isExact = typeof found === 'bigint' || Number.isSafeInteger(found)
  const read = isExact ? found : BigInt(found)
  if (typeof read === 'bigint' && (read >= LONG_LIMIT || read < -LONG_LIMIT))
    throw wrongType(name, value)
  if (field.max !== undefined && read > field.max) throw wrongType(name, value)
  return field.type === 'int' ? Number(read) : read
}

function integerOf(value: unknown): number | bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isInteger(value) ? value : undefined
  if (typeof value !== 'string' || !/^\s*[-+]?\d+(\.0+)?\s*$/.test(value)) return undefined
  const read = Number(value)
  return Number.isSafeInteger(read) ? read : BigInt(value.trim().replace(/\.0+$/, ''))
}

function readEnum(field: Field, value: unknown): string | undefined {
  const values = field.values ?? []
  if (typeof value === 'number') return values[value - 1]
  const text = String(value)
  return values.includes(text) ? text : values[Number(text) - 1]
}

const PYTHON_TYPES = { string: 'str', boolean: 'bool', bigint: 'int', object: 'dict' } as const

function pythonType(value: unknown): string {
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  return (PYTHON_TYPES as Record<string, string>)[typeof value] ?? 'NoneType'
}

function wrongType(name: string, value: unknown): Error {
  return invalidValue(name, value, ` Hint: Value was of type '${pythonType(value)}'.${SEE_DOCS}`)
}
