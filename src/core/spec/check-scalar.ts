import { pythonFloat } from '../expressions/template.ts'
import { didYouMean } from '../suggest.ts'
import { isNull, type ScalarNode, toPlain, type YamlNode } from '../yaml/node.ts'
import type { NumberType, TextType, WordType } from './field.ts'
import { INVALID } from './invalid.ts'
import { type Place, report } from './place.ts'
import { isPlaceholder, severityFor } from './placeholder.ts'

const TRUE_WORDS = new Set([
  't',
  'true',
  'True',
  'TRUE',
  'on',
  'On',
  'ON',
  'y',
  'Y',
  'yes',
  'Yes',
  'YES',
  '1',
  'T',
])
const FALSE_WORDS = new Set([
  'f',
  'false',
  'False',
  'FALSE',
  'off',
  'Off',
  'OFF',
  'n',
  'N',
  'no',
  'No',
  'NO',
  '0',
  'F',
])

function wrong(place: Place, message: string, hint?: string): typeof INVALID {
  report(place, { code: 'InvalidValue', message, hint })
  return INVALID
}

function show(node: YamlNode): string {
  if (node.kind === 'map') return 'a mapping'
  if (node.kind === 'seq') return 'a list'
  if (isNull(node)) return 'nothing'
  const text = node.text.length > 60 ? `${node.text.slice(0, 57)}…` : node.text
  return `"${text}"`
}

/** How a message calls a scalar that YAML did not read as text. */
function readAs(node: ScalarNode): string {
  const names = {
    bool: 'true or false',
    int: 'a number',
    float: 'a number',
    timestamp: 'a date',
    null: 'nothing',
  }
  return node.type === 'str' ? 'text' : names[node.type]
}

export function checkText(type: TextType, place: Place): unknown {
  const { node } = place
  if (node.kind !== 'scalar') return wrong(place, `a text is expected here, not ${show(node)}`)
  if (node.type !== 'str')
    return wrong(
      place,
      `${node.text} is read as ${readAs(node)}, and a text is expected here`,
      `put it in quotes: "${node.text}"`,
    )
  if (type.mayBeEmpty !== true && node.text.trim() === '')
    return wrong(place, `"${place.entry?.name ?? place.path}" is empty`, 'give it a text')
  if (type.pattern !== undefined && !type.pattern.test(node.text)) {
    const message = `${show(node)} is not what can stand here`
    if (type.mayBePlaceholder !== true || !isPlaceholder(node.text))
      return wrong(place, message, type.shape)
    report(place, { code: 'InvalidValue', severity: 'warning', message, hint: type.shape })
  }
  type.check?.(place, node.text)
  return node.text
}

export function checkNumber(type: NumberType, place: Place): unknown {
  const { node } = place
  if (node.kind !== 'scalar') return wrong(place, `a number is expected here, not ${show(node)}`)
  const words = type.words ?? []
  if (node.type === 'str' && words.includes(node.text.toLowerCase())) return node.text.toLowerCase()
  const value = numberOf(node)
  const what = type.kind === 'integer' ? 'a whole number' : 'a number'
  const expected = words.length === 0 ? what : `${what} or ${words.join(', ')}`
  const isWhole =
    Number.isInteger(value) && (node.type !== 'str' || /^\s*[-+]?[\d_]+\s*$/.test(node.text))
  if (value === undefined || (type.kind === 'integer' && !isWhole))
    return wrong(place, `${show(node)} is not ${expected}`, unitHint(node.text))
  if (type.min !== undefined && value < type.min)
    return wrong(place, `${node.text} is less than ${type.min}, the least that makes sense here`)
  if (type.max !== undefined && value > type.max)
    return wrong(place, `${node.text} is more than ${type.max}, the most that makes sense here`)
  return value
}

function unitHint(text: string): string | undefined {
  return /^\d+ *[a-z]+$/i.test(text) ? 'write the number alone, without a unit' : undefined
}

function numberOf(node: ScalarNode): number | undefined {
  if (typeof node.value === 'number') return Number.isFinite(node.value) ? node.value : undefined
  if (node.type !== 'str' || !/^\s*[-+]?(\d[\d_]*(\.\d*)?|\.\d+)(e[-+]?\d+)?\s*$/i.test(node.text))
    return undefined
  return Number(node.text.replaceAll('_', ''))
}

export function checkWord(type: WordType, place: Place): unknown {
  const { node } = place
  const found =
    node.kind === 'scalar' && node.type === 'str' ? findWord(type, node.text) : undefined
  if (found !== undefined) return found
  const text = node.kind === 'scalar' ? node.text : ''
  return wrong(
    place,
    `${show(node)} is not one of ${type.values.join(', ')}`,
    didYouMean(text, [...type.values, ...Object.keys(type.aliases ?? {})]),
  )
}

function findWord(type: WordType, text: string): string | undefined {
  const spellings = type.exact
    ? [text]
    : [
        text,
        text.toLowerCase(),
        text.replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_').toLowerCase(),
      ]
  for (const spelling of spellings) {
    if (type.values.includes(spelling)) return spelling
    const alias = type.aliases !== undefined && Object.hasOwn(type.aliases, spelling)
    if (alias) return type.aliases?.[spelling]
  }
  return undefined
}

export function checkBoolean(place: Place): unknown {
  const { node } = place
  if (node.kind === 'scalar') {
    if (node.type === 'bool') return node.value
    if (node.type !== 'float' && TRUE_WORDS.has(node.text)) return true
    if (node.type !== 'float' && FALSE_WORDS.has(node.text)) return false
  }
  return wrong(place, `${show(node)} is neither true nor false`)
}

/** A version is text, whatever it looks like; `1.0` stays `1.0`. */
export function checkVersion(place: Place): unknown {
  const { node } = place
  if (node.kind !== 'scalar' || node.type === 'timestamp' || node.type === 'null')
    return wrong(place, `${show(node)} is not a version`, 'write a number or a text in quotes')
  const text = node.type === 'str' ? node.text : String(literalOf(node))
  if (!/^[A-Za-z0-9][\w.-]*$/.test(text))
    report(place, {
      code: 'InvalidValue',
      message: `"${text}" is not a version`,
      hint: 'versions are letters, digits, ".", "-" and "_"',
      ...severityFor(text),
    })
  return text
}

export function checkLiteral(place: Place): unknown {
  const { node } = place
  if (node.kind !== 'scalar')
    return wrong(place, `a text, a number, true or false is expected here, not ${show(node)}`)
  if (node.type === 'timestamp')
    return wrong(
      place,
      `${node.text} is read as a date, and an input takes none`,
      `put it in quotes: "${node.text}"`,
    )
  if (typeof node.value === 'number' && !Number.isFinite(node.value))
    return wrong(
      place,
      `${node.text} is no number that can be handed over`,
      `put it in quotes: "${node.text}"`,
    )
  if (node.type === 'null')
    return wrong(
      place,
      `"${place.entry?.name ?? place.path}" has no value`,
      'give it a value or take the line away',
    )
  return literalOf(node)
}

/** The literal of a scalar. A float that JavaScript would print as a whole number is kept as Python's text. */
export function literalOf(node: ScalarNode): string | number | boolean {
  if (node.value === null) return ''
  if (node.type === 'float' && typeof node.value === 'number' && Number.isInteger(node.value))
    return pythonFloat(node.value)
  return node.value
}

/** Data without rules of its own; dates become their text. */
export function plain(node: YamlNode): unknown {
  return toPlain(node)
}
