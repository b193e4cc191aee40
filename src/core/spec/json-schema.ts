import {
  type Field,
  type FieldType,
  type Table,
  type TaggedType,
  type TextType,
  tableOf,
  type WordType,
} from './field.ts'
import { ROOT_TYPES, type SpecKind } from './kind.ts'
import { PLACEHOLDER_PATTERN } from './placeholder.ts'
import { component } from './tables/component.ts'
import { batchDeployment } from './tables/deployment.ts'
import { job } from './tables/job.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** Root types by the names that `amlet schema` takes: every kind, and single types of jobs and components. */
export const SCHEMA_TYPES: Readonly<Record<string, FieldType>> = {
  ...ROOT_TYPES,
  'command-job': only(job, 'command'),
  'pipeline-job': only(job, 'pipeline'),
  'sweep-job': only(job, 'sweep'),
  'command-component': only(component, 'command'),
  'parallel-component': only(component, 'parallel'),
  'pipeline-component': only(component, 'pipeline'),
  'model-batch-deployment': only(batchDeployment, 'model'),
  'pipeline-batch-deployment': only(batchDeployment, 'pipeline'),
}

function only(type: TaggedType, name: string): FieldType {
  return { kind: 'object', table: type.tables[name] as () => Table }
}

/** The JSON Schema (draft 7) of a kind, for editors; made from the table that the checker reads. */
export function toJsonSchema(name: SpecKind | string): JsonSchema | undefined {
  const type = Object.hasOwn(SCHEMA_TYPES, name) ? SCHEMA_TYPES[name] : undefined
  if (type === undefined) return undefined
  const writer = new Writer()
  const root = writer.write(type)
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: name,
    ...root,
    definitions: writer.definitions,
  }
}

/** Numbers in quotes are read as numbers, as `--set` gives them. */
const NUMERIC = '^\\s*[-+]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][-+]?\\d+)?\\s*$'
const EXPRESSION = '\\$\\{\\{.*\\}\\}'

const SCALARS = new Set(['integer', 'number', 'word', 'boolean', 'version'])

class Writer {
  readonly definitions: Record<string, JsonSchema> = {}
  readonly #names = new Map<Table, string>()
  readonly #boundNames = new Map<Table, string>()
  /** True inside of a step, where expressions may stand for words and numbers. */
  #isBound = false

  write(type: FieldType): JsonSchema {
    const schema = this.#plain(type)
    if (!this.#isBound || !SCALARS.has(type.kind)) return schema
    return { anyOf: [schema, { type: 'string', pattern: EXPRESSION }] }
  }

  #plain(type: FieldType): JsonSchema {
    switch (type.kind) {
      case 'text':
        return writeText(type)
      case 'integer':
        return this.#numeric('integer', type)
      case 'number':
        return this.#numeric('number', type)
      case 'word':
        return writeWord(type)
      case 'boolean':
        return { anyOf: [{ type: 'boolean' }, { type: 'string', pattern: BOOLEAN_WORDS }] }
      case 'version':
        return { type: ['string', 'number'] }
      case 'literal':
        return { type: ['string', 'number', 'boolean'] }
      case 'any':
        return {}
      case 'map':
        return this.#map(type)
      case 'list':
        return this.#list(type)
      case 'choice':
        return { anyOf: type.members.map((member) => this.write(member)) }
      case 'tagged':
        return this.#tagged(type)
      case 'object':
        return this.#reference(tableOf(type.table))
      case 'reference':
      case 'path':
        return { type: 'string' }
      case 'bindable':
        return { anyOf: [this.write(type.type), { type: 'string', pattern: EXPRESSION }] }
      case 'custom':
        return this.#during(false, () => this.write(type.like))
    }
  }

  #during<T>(isBound: boolean, write: () => T): T {
    const before = this.#isBound
    this.#isBound = isBound
    try {
      return write()
    } finally {
      this.#isBound = before
    }
  }

  #numeric(name: string, type: FieldType & { kind: 'integer' | 'number' }): JsonSchema {
    const bounds = {
      ...(type.min === undefined ? {} : { minimum: type.min }),
      ...(type.max === undefined ? {} : { maximum: type.max }),
    }
    const words = type.words === undefined ? [] : [{ enum: type.words }]
    return { anyOf: [{ type: name, ...bounds }, { type: 'string', pattern: NUMERIC }, ...words] }
  }

  #map(type: FieldType & { kind: 'map' }): JsonSchema {
    const value = this.write(type.value)
    const names =
      type.key === undefined ? {} : { propertyNames: { pattern: withoutFlags(type.key.pattern) } }
    const inner = type.nullable ? orNull(value) : value
    return { type: 'object', additionalProperties: inner, ...names }
  }

  #list(type: FieldType & { kind: 'list' }): JsonSchema {
    const items = this.write(type.item)
    const list = { type: 'array', items, ...(type.nonEmpty ? { minItems: 1 } : {}) }
    return type.orOne ? { anyOf: [list, items] } : list
  }

  /** A branch for each word of the tag, so that an editor offers and checks what belongs to that word alone. */
  #tagged(type: TaggedType): JsonSchema {
    const { field, title } = type
    const words = Object.keys(type.tables)
    const branches = words.map((word) => ({
      if: { required: [field], properties: { [field]: writeTag(type, [word]) } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema calls it so
      then: this.#form(type, word),
    }))
    const properties = { [field]: writeTag(type, words) }
    const base = { title, type: 'object', properties }
    if (type.default === undefined) return { ...base, required: [field], allOf: branches }
    return { ...base, allOf: [...branches, this.#untagged(type, type.default)] }
  }

  #untagged(type: TaggedType, standard: string): JsonSchema {
    const marked = Object.entries(type.marks ?? {}).reduceRight(
      (otherwise: JsonSchema, [name, word]) => either(name, this.#form(type, word), otherwise),
      this.#form(type, standard),
    )
    return either(type.field, {}, marked)
  }

  #form(type: TaggedType, word: string): JsonSchema {
    const { has = '', tables = {} } = type.variant ?? {}
    const plain = this.#reference(tableOf(type.tables[word] as () => Table))
    const other = tables[word]
    if (other === undefined) return plain
    const table = tableOf(other)
    const key = this.#property(table.fields[has] as Field)
    return { properties: { [has]: key }, ...either(has, this.#reference(table), plain) }
  }

  #reference(table: Table): JsonSchema {
    const names = this.#isBound ? this.#boundNames : this.#names
    const known = names.get(table)
    if (known !== undefined) return { $ref: `#/definitions/${known}` }
    const name = this.#newName(table.title)
    names.set(table, name)
    this.definitions[name] = {}
    const isBound = this.#isBound || table.isBindable === true
    this.definitions[name] = this.#during(isBound, () => this.#object(table))
    return { $ref: `#/definitions/${name}` }
  }

  #newName(title: string): string {
    const base = title.replaceAll(/[^A-Za-z0-9]+/g, '-')
    let name = base
    for (let n = 2; Object.hasOwn(this.definitions, name); n += 1) name = `${base}-${n}`
    return name
  }

  #object(table: Table): JsonSchema {
    const properties: Record<string, JsonSchema> = {}
    for (const [name, field] of Object.entries(table.fields))
      if (!field.readOnly) properties[name] = this.#property(field)
    const required = Object.keys(table.fields).filter((name) => table.fields[name]?.required)
    return {
      title: table.title,
      type: 'object',
      properties,
      patternProperties: { [silentNames(table)]: {} },
      ...(required.length === 0 ? {} : { required }),
      ...(table.unknown === 'reject' ? { additionalProperties: false } : {}),
    }
  }

  #property(field: Field): JsonSchema {
    const value = this.write(field.type)
    const standard = field.fill ?? field.default
    const description = standard === undefined ? field.doc : `${field.doc} (default: ${standard})`
    const schema = field.nullable ? orNull(value) : value
    return '$ref' in schema ? { allOf: [schema], description } : { ...schema, description }
  }
}

/** What is taken and means nothing, as a pattern: an editor does not offer it. */
function silentNames({ fields }: Table): string {
  const names = Object.keys(fields).filter((name) => fields[name]?.readOnly)
  return `^(${['\\$schema', ...names].join('|')})$`
}

function either(field: string, has: JsonSchema, otherwise: JsonSchema): JsonSchema {
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema calls it so
  return { if: { required: [field] }, then: has, else: otherwise }
}

function writeTag({ exact, aliases = {} }: TaggedType, words: readonly string[]): JsonSchema {
  const spellings = Object.entries(aliases).filter(([, word]) => words.includes(word))
  return writeWord({
    kind: 'word',
    values: words,
    aliases: Object.fromEntries(spellings),
    ...(exact === undefined ? {} : { exact }),
  })
}

const BOOLEAN_WORDS =
  '^([tTfFyYnN01]|[tT]rue|TRUE|[fF]alse|FALSE|[oO]n|ON|[oO]ff|OFF|[yY]es|YES|[nN]o|NO)$'

function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] }
}

function writeText({ pattern, mayBePlaceholder }: TextType): JsonSchema {
  if (pattern === undefined) return { type: 'string' }
  const own = withoutFlags(pattern)
  return { type: 'string', pattern: mayBePlaceholder ? `${own}|${PLACEHOLDER_PATTERN}` : own }
}

/** The words themselves, for completion, and every spelling that the checker takes for one of them. */
function writeWord(type: WordType): JsonSchema {
  const words = [...type.values, ...Object.keys(type.aliases ?? {})]
  if (type.exact) return { enum: words }
  const pattern = `^(${words.map(anyCase).join('|')})$`
  return { anyOf: [{ enum: words }, { type: 'string', pattern }] }
}

function anyCase(word: string): string {
  return [...word]
    .map((letter) => {
      if (letter === '_') return '_?'
      if (/[a-z]/i.test(letter)) return `[${letter.toLowerCase()}${letter.toUpperCase()}]`
      return letter.replace(/[^\w ,]/g, '\\$&')
    })
    .join('')
}

/** JSON Schema has no flags; the one pattern of ours that ignores case is written out. */
function withoutFlags(pattern: RegExp): string {
  if (!pattern.flags.includes('i')) return pattern.source
  return pattern.source.replaceAll(
    /\[([a-z]+)\]|(?<!\\)([a-z])/g,
    (_hit, set: string | undefined, letter: string) =>
      set === undefined ? `[${letter}${letter.toUpperCase()}]` : `[${set}${set.toUpperCase()}]`,
  )
}
