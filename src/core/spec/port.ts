import { pythonFloat, renderLiteral } from '../expressions/template.ts'
import type { ScalarNode } from '../yaml/node.ts'
import { checkFields, expectMap, pickTable } from './check.ts'
import type { TaggedType } from './field.ts'
import { INVALID } from './invalid.ts'
import { type Place, report } from './place.ts'
import { fieldPlace } from './sweep-rule.ts'

type Value = Record<string, unknown>

const PRIMITIVES = new Set<unknown>(['string', 'number', 'integer', 'boolean'])

export function isPrimitive(type: unknown): boolean {
  return PRIMITIVES.has(type)
}

/** An input that a component declares. */
export function readPort(place: Place, types: TaggedType): unknown {
  const { node } = place
  if (node.kind === 'scalar' && node.type !== 'null') return reportValue(place, node)
  const map = expectMap(place, 'input')
  if (map === undefined) return INVALID
  const table = pickTable(types, map, place)
  if (table === undefined) return INVALID
  const value = checkFields(table, map, place)
  if (isPrimitive(value['type'])) checkPrimitive(place, value)
  else if (value['default'] !== undefined)
    report(fieldPlace(place, 'default'), {
      code: 'InvalidValue',
      message: `an input of type ${String(value['type'])} has no default`,
      hint: 'take "default" away, and write "optional: true" when it may be left out',
      atKey: true,
    })
  return value
}

/** A job gives its inputs values; a component says what they are. */
function reportValue(place: Place, { text, value }: ScalarNode): typeof INVALID {
  report(place, {
    code: 'InvalidValue',
    message: `an input of a component is declared by a mapping, not by the value "${text}"`,
    hint: `write {type: ${typeOfLiteral(value)}, default: ${text}}`,
  })
  return INVALID
}

/** The type of port that a literal is read as where no port says it. */
export function typeOfLiteral(value: unknown): string {
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return 'string'
}

function checkPrimitive(place: Place, value: Value): void {
  const { type, min, max } = value
  const hasRange = min !== undefined || max !== undefined
  if (hasRange && type !== 'integer' && type !== 'number')
    report(fieldPlace(place, min === undefined ? 'max' : 'min'), {
      code: 'InvalidValue',
      message: `an input of type ${String(type)} has no least or greatest value`,
      hint: 'min and max go with integer and number',
      atKey: true,
    })
  if (typeof min === 'number' && typeof max === 'number' && min > max)
    report(fieldPlace(place, 'min'), {
      code: 'InvalidValue',
      message: `min ${min} is greater than max ${max}`,
      atKey: true,
    })
  if (value['default'] === undefined) return
  const found = convert(value['default'], String(type))
  if (found === undefined)
    report(fieldPlace(place, 'default'), {
      code: 'InvalidValue',
      message: `the default ${JSON.stringify(value['default'])} is no ${String(type)}`,
    })
  else {
    value['default'] = found
    checkAgainstPort(fieldPlace(place, 'default'), found, value)
  }
}

/** A default in the type of its port; a number given to a string port becomes a float first, as in Azure. */
function convert(value: unknown, type: string): string | number | boolean | undefined {
  if (type === 'string') {
    if (typeof value === 'number') return pythonFloat(value)
    return typeof value === 'boolean' ? renderLiteral(value) : String(value)
  }
  return parseLiteral(value, type)
}

/** A literal read as the type of a port: text is parsed, as a component's own inputs are. */
function parseLiteral(value: unknown, type: string): string | number | boolean | undefined {
  if (type === 'string') return typeof value === 'string' ? value : renderLiteral(value as number)
  if (type === 'boolean') return parseBoolean(value)
  if (typeof value === 'boolean') return undefined
  const number = typeof value === 'string' ? parseNumber(value) : value
  if (typeof number !== 'number') return undefined
  return type === 'integer' ? Math.trunc(number) : number
}

function parseBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  const text = String(value).toLowerCase()
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : undefined
}

function parseNumber(text: string): number | undefined {
  return /^\s*[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?\s*$/i.test(text) ? Number(text) : undefined
}

/**
 * Reports a literal that its port does not take: wrong type, out of range, not among its values. A number
 * given to a string port that takes other words is a warning: published pipelines do so, and run.
 */
export function checkAgainstPort(place: Place, value: unknown, port: Value): void {
  const type = String(port['type'])
  const problem = portProblem(value, port)
  if (problem === undefined) return
  const isOther = type === 'string' && typeof value !== 'string'
  report(place, {
    code: 'InvalidValue',
    message: problem,
    ...(isOther ? { severity: 'warning' } : {}),
  })
}

/** Why a port does not take a literal. */
export function portProblem(value: unknown, port: Value): string | undefined {
  const parsed = parseLiteral(value, String(port['type']))
  return literalProblem(value, parsed, port) ?? wordProblem(value, parsed, port)
}

function literalProblem(value: unknown, parsed: unknown, port: Value): string | undefined {
  if (parsed === undefined) return `${JSON.stringify(value)} is no ${String(port['type'])}`
  const { min, max } = port
  if (typeof parsed === 'number' && typeof min === 'number' && parsed < min)
    return `${parsed} is less than ${min}, the least that this input takes`
  if (typeof parsed === 'number' && typeof max === 'number' && parsed > max)
    return `${parsed} is more than ${max}, the most that this input takes`
  return undefined
}

function wordProblem(value: unknown, parsed: unknown, port: Value): string | undefined {
  const allowed = port['enum']
  if (!Array.isArray(allowed) || allowed.some((option) => sameLiteral(option, parsed)))
    return undefined
  return `${JSON.stringify(value)} is not one of ${allowed.join(', ')}`
}

function sameLiteral(option: unknown, value: unknown): boolean {
  if (String(option) === String(value)) return true
  if (typeof value === 'boolean') return String(option).toLowerCase() === String(value)
  return typeof value === 'number' && Number(option) === value
}
