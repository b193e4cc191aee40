import { hasExpression } from '../expressions/template.ts'
import { closest, didYouMean, thisOne, withArticle } from '../suggest.ts'
import { child, isNull, type MapNode, type YamlNode } from '../yaml/node.ts'
import { checkPath, checkReference } from './check-reference.ts'
import {
  checkBoolean,
  checkLiteral,
  checkNumber,
  checkText,
  checkVersion,
  checkWord,
  plain,
} from './check-scalar.ts'
import type { ChoiceType, Field, FieldType, ListType, MapType, Table, TaggedType } from './field.ts'
import { tableOf } from './field.ts'
import { INVALID } from './invalid.ts'
import { below, isFull, item, type Place, report } from './place.ts'

const SCALARS = new Set(['text', 'integer', 'number', 'word', 'boolean', 'version'])

/** Checks a value against its type: the value as the entity holds it, or `INVALID`, with diagnostics. */
export function checkValue(type: FieldType, place: Place): unknown {
  if (place.isBindable === true && SCALARS.has(type.kind) && isExpression(place.node))
    return place.node.text
  switch (type.kind) {
    case 'text':
      return checkText(type, place)
    case 'integer':
    case 'number':
      return checkNumber(type, place)
    case 'word':
      return checkWord(type, place)
    case 'boolean':
      return checkBoolean(place)
    case 'version':
      return checkVersion(place)
    case 'literal':
      return checkLiteral(place)
    case 'any':
      return plain(place.node)
    case 'map':
      return checkMap(type, place)
    case 'list':
      return checkList(type, place)
    case 'choice':
      return checkChoice(type, place)
    case 'tagged':
      return checkTagged(type, place)
    case 'object':
      return checkObject(tableOf(type.table), place)
    case 'reference':
      return checkReference(type, place)
    case 'path':
      return checkPath(type, place)
    case 'bindable':
      return isExpression(place.node) ? place.node.text : checkValue(type.type, place)
    case 'custom':
      return type.read(place.isBindable === true ? { ...place, isBindable: false } : place)
  }
}

function isExpression(node: YamlNode): node is YamlNode & { kind: 'scalar' } {
  return node.kind === 'scalar' && node.type === 'str' && hasExpression(node.text)
}

function describe(node: YamlNode): string {
  if (node.kind === 'map') return 'a mapping'
  if (node.kind === 'seq') return 'a list'
  return node.type === 'null' ? 'nothing' : `"${shorten(node.text)}"`
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** The map node of a place, or a diagnostic that says what stands there instead. */
export function expectMap(place: Place, title: string): MapNode | undefined {
  if (place.node.kind === 'map') return place.node
  report(listItem(place), {
    code: 'InvalidValue',
    message: `${title}: a mapping is expected here, not ${describe(place.node)}`,
    hint: place.node.kind === 'seq' ? 'take the "-" away and write "name: value"' : undefined,
  })
  return undefined
}

/** A list is pointed at by its first item, which is where the eye has to go. */
function listItem(place: Place): Place {
  return place.node.kind === 'seq' && place.node.source.text[place.node.start] === '-'
    ? { ...place, entry: undefined }
    : place
}

/** Checks an object against its table. Fields that did not pass are left out. */
export function checkObject(table: Table, place: Place): Record<string, unknown> | typeof INVALID {
  const map = expectMap(place, table.title)
  return map === undefined ? INVALID : checkFields(table, map, place)
}

export function checkFields(table: Table, map: MapNode, place: Place): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  const facts = factsOf(table)
  const at = table.isBindable === true ? { ...place, isBindable: true } : place
  const isWhole = facts.required.every(([name]) => map.byName.has(name))
  /** Fields that are there under a wrong name. */
  const misnamed: string[] = []
  for (const entry of map.entries) {
    const field = Object.hasOwn(table.fields, entry.name) ? table.fields[entry.name] : undefined
    if (field === undefined) {
      const meant = meantField(table, map, entry.name)
      if (meant !== undefined) misnamed.push(meant)
      takeUnknown({ table, isWhole, meant }, below(at, entry), value)
    } else if (!field.readOnly) {
      const inner = below(at, entry)
      const checked = isNull(entry.value)
        ? checkNull(field.nullable === true, inner)
        : checkValue(field.type, inner)
      if (checked !== INVALID) value[entry.name] = checked
    }
  }
  for (const [name, fill] of facts.fills) {
    const given = map.byName.get(name)
    if (given === undefined || isNull(given.value)) value[name] ??= fill
  }
  if (!isWhole) reportMissing(table, misnamed, place)
  table.rule?.(place, value)
  return value
}

interface TableFacts {
  readonly required: readonly (readonly [string, Field])[]
  readonly fills: readonly (readonly [string, string | number | boolean])[]
}

const facts = new WeakMap<Table, TableFacts>()

/** What is asked of a table for each object, looked up once. */
function factsOf(table: Table): TableFacts {
  const known = facts.get(table)
  if (known !== undefined) return known
  const fields = Object.entries(table.fields)
  const found: TableFacts = {
    required: fields.filter(([, field]) => field.required === true),
    fills: fields.flatMap(([name, { fill }]) =>
      fill === undefined ? [] : [[name, fill] as const],
    ),
  }
  facts.set(table, found)
  return found
}

function checkNull(nullable: boolean, place: Place): typeof INVALID {
  if (!nullable)
    report(place, {
      code: 'InvalidValue',
      message: `"${place.entry?.name ?? place.path}" has no value`,
      hint: 'give it a value or take the line away',
      atKey: true,
    })
  return INVALID
}

interface Unknown {
  readonly table: Table
  readonly isWhole: boolean
  readonly meant: string | undefined
}

/** The field of a table that an unknown key was meant to be, when it is not there as well. */
function meantField({ fields, slips = {} }: Table, map: MapNode, name: string): string | undefined {
  const slip = Object.hasOwn(slips, name) ? slips[name] : undefined
  const known = Object.keys(fields).filter((field) => fields[field]?.readOnly !== true)
  if (slip !== undefined && !known.includes(slip)) return undefined
  const meant = slip ?? closest(name, known)
  return meant === undefined || map.byName.has(meant) ? undefined : meant
}

/** Where Azure passes over unknown keys they are warnings, unless a field is missing that one may be meant to be. */
function takeUnknown(
  { table, isWhole, meant }: Unknown,
  place: Place,
  value: Record<string, unknown>,
): void {
  const name = place.entry?.name ?? ''
  if (name === '$schema') {
    checkSchemaText(place)
    return
  }
  if (table.unknown === 'warn' || table.unknown === 'keep') value[name] = plain(place.node)
  if (table.unknown === 'keep' || isFull(place.load)) return
  const known = Object.keys(table.fields).filter((field) => table.fields[field]?.readOnly !== true)
  report(place, {
    code: 'UnknownField',
    message: `"${name}" is not a field of ${withArticle(table.title)}`,
    hint: unknownHint(table, { name, meant, known }),
    atKey: true,
    ...(table.unknown !== 'reject' && isWhole ? { severity: 'warning' } : {}),
  })
}

function unknownHint(
  { slips = {} }: Table,
  {
    name,
    meant,
    known,
  }: {
    readonly name: string
    readonly meant: string | undefined
    readonly known: readonly string[]
  },
): string | undefined {
  if (meant !== undefined) return `did you mean "${meant}"?`
  if (Object.hasOwn(slips, name)) return slips[name]
  return (
    didYouMean(name, known) ??
    (known.length <= 12 ? `its fields are ${known.join(', ')}` : undefined)
  )
}

function checkSchemaText(place: Place): void {
  if (place.node.kind === 'scalar' && place.node.type === 'str') return
  if (isNull(place.node)) {
    checkNull(false, place)
    return
  }
  report(place, {
    code: 'InvalidValue',
    severity: 'warning',
    message: '$schema is a text, the address of a schema',
    hint: 'take the line away',
    atKey: true,
  })
}

function reportMissing(table: Table, misnamed: readonly string[], place: Place): void {
  for (const [name, field] of factsOf(table).required) {
    if (child(place.node, name) !== undefined || misnamed.includes(name)) continue
    const path = place.path === '' ? name : `${place.path}.${name}`
    report(
      { ...place, path },
      {
        code: 'MissingField',
        message: `"${name}" is missing in ${thisOne(table.title)}`,
        hint: swallowedHint(place, name) ?? addHint(name, field),
      },
    )
  }
}

function addHint(name: string, { type, doc }: Field): string {
  const isOneWord = type.kind === 'word' && type.values.length === 1
  return isOneWord ? `add "${name}: ${type.values[0]}"` : `add "${name}:", ${doc}`
}

/** A line that is indented too far belongs to the text above it. */
function swallowedHint({ node }: Place, name: string): string | undefined {
  if (node.kind !== 'map') return undefined
  const holder = node.entries.find(
    ({ value }) =>
      value.kind === 'scalar' &&
      value.end - value.start > value.text.indexOf(`${name}:`) &&
      new RegExp(`^\\s+${name}:\\s`, 'm').test(value.source.text.slice(value.start, value.end)),
  )
  if (holder === undefined) return undefined
  return `"${name}:" stands inside the text of "${holder.name}": indent it less`
}

function checkMap(type: MapType, place: Place): unknown {
  const map = expectMap(place, place.entry?.name ?? 'this value')
  if (map === undefined) return INVALID
  const value: Record<string, unknown> = {}
  const seen = new Map<string, string>()
  for (const entry of map.entries) {
    const inner = below(place, entry)
    checkKey(type, inner)
    if (type.distinctIgnoringCase !== undefined)
      checkDistinct(type.distinctIgnoringCase, inner, seen)
    if (isNull(entry.value) && type.nullable) {
      value[entry.name] = type.nullMeans ?? null
      continue
    }
    const checked = isNull(entry.value)
      ? checkNull(type.value.kind === 'any', inner)
      : checkValue(type.value, inner)
    if (checked !== INVALID) value[entry.name] = checked
  }
  return value
}

function checkKey(type: MapType, place: Place): void {
  const key = place.entry?.key
  if (key === undefined) return
  if (key.type !== 'str' && type.keys !== 'any')
    report(place, {
      code: 'InvalidValue',
      message: `the key ${key.text} is read as ${key.type === 'bool' ? 'true or false' : withArticle(key.type)}, and a name is expected`,
      hint: `put it in quotes: "${key.text}"`,
      atKey: true,
    })
  else if (type.key !== undefined && !type.key.pattern.test(key.text))
    report(place, {
      code: 'InvalidValue',
      message: `"${shorten(key.text)}" is not a name that can stand here`,
      hint: type.key.shape,
      atKey: true,
      ...(type.key.severity === undefined ? {} : { severity: type.key.severity }),
    })
}

function checkDistinct(what: string, place: Place, seen: Map<string, string>): void {
  const name = place.entry?.name ?? ''
  const other = seen.get(name.toLowerCase())
  if (other !== undefined)
    report(place, {
      code: 'InvalidValue',
      message: `the ${what} "${name}" differs from "${other}" only in case`,
      hint: 'rename one of them; the service compares them without case',
      atKey: true,
    })
  seen.set(name.toLowerCase(), name)
}

function checkList(type: ListType, place: Place): unknown {
  const { node } = place
  if (node.kind !== 'seq') {
    if (type.orOne) return checkValue(type.item, place)
    report(place, {
      code: 'InvalidValue',
      message: `a list is expected here, not ${describe(node)}`,
      hint: 'write [a, b] or one "- a" a line',
    })
    return INVALID
  }
  if (type.nonEmpty && node.items.length === 0)
    report(place, {
      code: 'InvalidValue',
      message: 'this list is empty',
      hint: 'give it at least one value',
    })
  return node.items
    .map((value, index) => checkValue(type.item, item(place, value, index)))
    .filter((value) => value !== INVALID)
}

function checkChoice(type: ChoiceType, place: Place): unknown {
  const picked = type.pick(place.node)
  if (typeof picked === 'number') return checkValue(type.members[picked] as FieldType, place)
  report(place, { code: 'InvalidValue', message: picked })
  return INVALID
}

function checkTagged(type: TaggedType, place: Place): unknown {
  const map = expectMap(place, type.title)
  if (map === undefined) return INVALID
  const table = pickTable(type, map, place)
  return table === undefined ? INVALID : checkFields(table, map, place)
}

/** The table that an object's tag names; a missing or unknown tag is reported. */
export function pickTable(type: TaggedType, map: MapNode, place: Place): Table | undefined {
  const entry = map.byName.get(type.field)
  const names = Object.keys(type.tables)
  if (entry === undefined || isNull(entry.value)) {
    if (type.default !== undefined) return named(type, type.default)
    report(place, {
      code: 'MissingField',
      message: `"${type.field}" is missing in this ${type.title}`,
      hint: `add "${type.field}:" with one of ${names.join(', ')}`,
    })
    return undefined
  }
  const aliases = type.aliases === undefined ? {} : { aliases: type.aliases }
  const exact = type.exact === undefined ? {} : { exact: type.exact }
  const word = checkWord({ kind: 'word', values: names, ...aliases, ...exact }, below(place, entry))
  return typeof word === 'string' ? named(type, word) : undefined
}

function named(type: TaggedType, word: string): Table | undefined {
  const thunk = type.tables[word]
  return thunk === undefined ? undefined : tableOf(thunk)
}
