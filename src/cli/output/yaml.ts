import { isMapping } from '../../core/mapping.ts'
import { numberText, sortedKeys } from './python-text.ts'
import { isSimpleKey, styleOf } from './yaml/scalar-style.ts'
import { YamlWriter } from './yaml/writer.ts'

const STEP = 2

/**
 * Block style with sorted keys, byte for byte as PyYAML's `safe_dump(allow_unicode=True)`, which is what az prints: it
 * reads back as the same values by readers of YAML 1.1 such as Azure's.
 */
export function formatYaml(value: unknown): string {
  const writer = new YamlWriter()
  const isBare = writeNode(writer, value, { indent: 0, isRoot: true, inMapping: false })
  writer.end()
  return isBare ? `${writer.text}...\n` : writer.text
}

interface Place {
  /** Column of the mapping or list that the value is in. */
  readonly indent: number
  readonly isRoot: boolean
  readonly inMapping: boolean
}

/** True when the document ends in a bare word, which PyYAML closes with `...`. */
function writeNode(writer: YamlWriter, value: unknown, place: Place): boolean {
  if (Array.isArray(value)) writeList(writer, value, place)
  else if (isMapping(value)) writeMapping(writer, value, place)
  else return writeScalar(writer, value, place)
  return false
}

function writeScalar(writer: YamlWriter, value: unknown, { indent, isRoot }: Place): boolean {
  const style = typeof value === 'string' ? styleOf(value, false) : 'plain'
  const text = typeof value === 'string' ? value : bareText(value)
  writer.scalar(text, style, { indent: indent + STEP, folds: true })
  return isRoot && style === 'plain'
}

/** A number, a truth value or nothing, as YAML 1.1 reads them. */
function bareText(value: unknown): string {
  if (typeof value !== 'number') return String(value ?? null)
  const text = numberText(value)
  return text.includes('.') ? text : text.replace('e', '.0e')
}

/** Lists in a mapping stand as far left as their key. */
function writeList(writer: YamlWriter, items: readonly unknown[], place: Place): void {
  if (items.length === 0) {
    writer.indicator('[]', { needsSpace: true })
    return
  }
  const indent = insideOf(place, place.inMapping && !writer.isIndention)
  for (const item of items) {
    writer.indent(indent)
    writer.item('-')
    writeNode(writer, item, { indent, isRoot: false, inMapping: false })
  }
}

function writeMapping(
  writer: YamlWriter,
  mapping: Readonly<Record<string, unknown>>,
  place: Place,
): void {
  const keys = sortedKeys(mapping).filter((key) => mapping[key] !== undefined)
  if (keys.length === 0) {
    writer.indicator('{}', { needsSpace: true })
    return
  }
  const indent = insideOf(place, false)
  for (const key of keys) {
    writer.indent(indent)
    writeKey(writer, key, indent)
    writeNode(writer, mapping[key], { indent, isRoot: false, inMapping: true })
  }
}

function insideOf({ indent, isRoot }: Place, staysLeft: boolean): number {
  return isRoot || staysLeft ? indent : indent + STEP
}

/** `key:`, or `? key` and `:` on the next line for one that is empty, long or has line breaks. */
function writeKey(writer: YamlWriter, key: string, indent: number): void {
  if (isSimpleKey(key)) {
    writer.scalar(key, styleOf(key, true), { indent, folds: false })
    writer.indicator(':')
    return
  }
  writer.item('?')
  writer.scalar(key, styleOf(key, false), { indent: indent + STEP, folds: true })
  writer.indent(indent)
  writer.item(':')
}
