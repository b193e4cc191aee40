import { AmletError, type Diagnostic, throwOnErrors } from '../core/errors.ts'
import type { Field, Fields } from './route.ts'

/** Names of resources: what Azure allows, and nothing that means something in a path. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/

/**
 * Checks and converts the values of a request against a field table. Query values arrive as text, body values
 * as JSON. Unknown names are errors: a misspelt filter that is ignored would show everything.
 *
 * @throws AmletError `UsageError` with all problems.
 */
export function checkFields(
  fields: Fields,
  input: Readonly<Record<string, unknown>>,
  where: 'parameter' | 'field',
): Record<string, unknown> {
  const problems: Diagnostic[] = []
  const problem = (message: string, hint?: string) =>
    problems.push({ code: 'UsageError', message, hint })
  for (const name of Object.keys(input))
    if (!Object.hasOwn(fields, name))
      problem(
        `unknown ${where} "${name}"`,
        `known are: ${Object.keys(fields).join(', ') || 'none'}`,
      )
  const values: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    const value = Object.hasOwn(input, name) ? input[name] : undefined
    if (value === undefined || value === null) {
      if (field.required) problem(`the ${where} "${name}" is missing`)
      continue
    }
    const converted = convert(field, value)
    if (converted === undefined)
      problem(`the ${where} "${name}" is ${JSON.stringify(value)}, expected ${describe(field)}`)
    else values[name] = converted
  }
  throwOnErrors(problems)
  return values
}

/** The value in the field's type; undefined when it does not fit. */
function convert(field: Field, value: unknown): unknown {
  switch (field.type) {
    case 'string':
      return typeof value === 'string' && (field.enum?.includes(value) ?? true) ? value : undefined
    case 'integer':
      return toInteger(value)
    case 'boolean':
      return toBoolean(value)
    case 'strings':
      return toStrings(value)
    case 'object':
      return typeof value === 'object' && !Array.isArray(value) ? value : undefined
    case 'any':
      return value
  }
}

/** Every number of this API is a count, a port or a size. */
function toInteger(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return Number.isSafeInteger(number) && Number(number) >= 0 ? Number(number) : undefined
}

function toBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (value === 'true' || value === '1' || value === '') return true
  return value === 'false' || value === '0' ? false : undefined
}

function toStrings(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.every((item) => typeof item === 'string') ? list : undefined
}

function describe({ type, enum: allowed }: Field): string {
  if (allowed !== undefined) return `one of ${allowed.join(', ')}`
  return (
    { strings: 'a list of texts', integer: 'a whole number that is not negative', any: 'a value' }[
      type as 'any'
    ] ?? `a ${type}`
  )
}

/**
 * Checks the names in a path. What could not be a name cannot exist, so it is not found; no such text ever
 * reaches the disk.
 *
 * @throws AmletError `ResourceNotFound` for text that is no name, or a rest of path that leaves its folder.
 */
export function checkParams(params: Readonly<Record<string, string>>): Record<string, string> {
  const checked: Record<string, string> = {}
  for (const [name, value] of Object.entries(params))
    checked[name === '*' ? 'path' : name] = name === '*' ? checkRest(value) : checkName(value)
  return checked
}

function checkName(value: string): string {
  if (NAME.test(value)) return value
  throw new AmletError({
    code: 'ResourceNotFound',
    message: `nothing is named ${JSON.stringify(value.slice(0, 100))}`,
    hint: 'names consist of letters, digits, "_", "-" and "."',
  })
}

function checkRest(value: string): string {
  const segments = value.split('/').filter((segment) => segment !== '')
  const isBad = (segment: string) => segment === '.' || segment === '..' || segment.includes('\\')
  if (!segments.some(isBad) && !value.includes('\0')) return segments.join('/')
  throw new AmletError({
    code: 'ResourceNotFound',
    message: `there is no file ${JSON.stringify(value.slice(0, 100))}`,
    hint: 'give a path inside the folder, without "." and ".."',
  })
}
