import type { AssetKind } from '../refs/reference.ts'
import type { YamlNode } from '../yaml/node.ts'
import type { Place } from './place.ts'

/*
 * The language of the field tables. Checker, JSON Schema and reference page are all read from values of
 * these types, so that they cannot disagree.
 */

export interface Field {
  readonly type: FieldType
  readonly doc: string
  readonly required?: boolean
  /** Written by the service: dropped silently, so that the output of `show` can be fed back. */
  readonly readOnly?: boolean
  /** An empty value is allowed and means the same as leaving the field out. */
  readonly nullable?: boolean
  /** What holds when the field is left out, for the reference page. */
  readonly default?: string
  /** Put into the entity when the field is left out, as Azure's client does. */
  readonly fill?: string | number | boolean
}

/** An object with named fields. */
export interface Table {
  /** What a message calls it: `command job`, `retry settings`. */
  readonly title: string
  readonly fields: Readonly<Record<string, Field>>
  /** What is written by mistake → the field that is meant, or what to do instead. */
  readonly slips?: Readonly<Record<string, string>>
  /** What happens to a key that is not in `fields`; `warn` keeps it in the entity, `drop` warns and leaves it out. */
  readonly unknown: 'reject' | 'warn' | 'drop' | 'keep'
  /** Set on steps: in it, at any depth, an expression may stand for a word or a number. */
  readonly isBindable?: boolean
  /** Rules that look at more than one field. Sees the values as checked and the node they came from. */
  readonly rule?: Rule
}

type Rule = (place: Place, value: Record<string, unknown>) => void

export interface TextType {
  readonly kind: 'text'
  readonly pattern?: RegExp
  /** What the pattern asks for, as a message says it. */
  readonly shape?: string
  readonly mayBeEmpty?: boolean
  /** What is wrong with a text such as `{{asset.name}}` is a warning: it is filled in before it is used. */
  readonly mayBePlaceholder?: boolean
  readonly check?: (place: Place, text: string) => void
}

export interface NumberType {
  readonly kind: 'integer' | 'number'
  readonly min?: number
  readonly max?: number
  /** Other words that may stand instead, `auto`. */
  readonly words?: readonly string[]
}

export interface WordType {
  readonly kind: 'word'
  readonly values: readonly string[]
  /** Azure compares most words without case; the few exact ones say so. */
  readonly exact?: boolean
  /** Other spellings of a value. */
  readonly aliases?: Readonly<Record<string, string>>
}

export interface MapType {
  readonly kind: 'map'
  readonly value: FieldType
  readonly keys?: 'text' | 'any'
  readonly key?: { readonly pattern: RegExp; readonly shape: string; readonly severity?: 'warning' }
  /** Keys that differ only in case are refused. */
  readonly distinctIgnoringCase?: string
  readonly nullable?: boolean
  /** What an entry without a value stands for, where that is not null itself. */
  readonly nullMeans?: unknown
}

export interface ListType {
  readonly kind: 'list'
  readonly item: FieldType
  /** One value may stand for a list of one. */
  readonly orOne?: boolean
  readonly nonEmpty?: boolean
}

/** One of several shapes; `pick` finds the one that was meant, so that only its problems are told. */
export interface ChoiceType {
  readonly kind: 'choice'
  readonly members: readonly FieldType[]
  /** Index of the member that the value was meant to be; a text says why it can be none. */
  readonly pick: (node: YamlNode) => number | string
}

/** An object whose `type` (or another field) says which table it follows. */
export interface TaggedType {
  readonly kind: 'tagged'
  readonly title: string
  readonly field: string
  readonly tables: Readonly<Record<string, () => Table>>
  /** The table when the field is left out; without it the field is required. */
  readonly default?: string
  /** Fields that say it instead of the tag: name → word. */
  readonly marks?: Readonly<Record<string, string>>
  /** Tables of values that have the field `has`, by word. */
  readonly variant?: {
    readonly has: string
    readonly tables: Readonly<Record<string, () => Table>>
  }
  readonly exact?: boolean
  readonly aliases?: Readonly<Record<string, string>>
}

export interface ReferenceType {
  readonly kind: 'reference'
  readonly of: AssetKind | 'compute' | 'datastore' | 'job'
  /** Whether a name without version or label will do. */
  readonly bare?: boolean
  /** Words that may stand instead of a reference, `serverless`. */
  readonly words?: readonly string[]
  /** A plain name, without `azureml:`, will do. */
  readonly plainName?: boolean
}

export interface PathType {
  readonly kind: 'path'
  readonly must: 'file' | 'folder' | 'exist' | 'any'
  /** References of this kind, and addresses, may stand instead of a path. */
  readonly orReference?: AssetKind | 'input'
  readonly orUrl?: boolean
  /** The thing at the path, for messages: `code folder`. */
  readonly what: string
}

export type FieldType =
  | TextType
  | NumberType
  | WordType
  | MapType
  | ListType
  | ChoiceType
  | TaggedType
  | ReferenceType
  | PathType
  | { readonly kind: 'boolean' }
  | { readonly kind: 'any' }
  /** A string, a whole number or a float: kept as text. */
  | { readonly kind: 'version' }
  /** A literal input: text, number, boolean. */
  | { readonly kind: 'literal' }
  | { readonly kind: 'object'; readonly table: () => Table }
  /** A value, or a `${{…}}` expression that a pipeline fills in. */
  | { readonly kind: 'bindable'; readonly type: FieldType }
  /** Read by a function of its own; `like` is what JSON Schema and the reference page show. */
  | {
      readonly kind: 'custom'
      readonly like: FieldType
      readonly read: (place: Place) => unknown
    }

export const text: TextType = { kind: 'text', mayBeEmpty: true }
/** A text that says something: not empty, not only blanks. */
export const words: TextType = { kind: 'text' }
export const boolean: FieldType = { kind: 'boolean' }
export const integer: NumberType = { kind: 'integer' }
export const count: NumberType = { kind: 'integer', min: 1 }
export const number: NumberType = { kind: 'number' }
export const anything: FieldType = { kind: 'any' }
export const version: FieldType = { kind: 'version' }
export const literal: FieldType = { kind: 'literal' }

export function word(...values: readonly string[]): WordType {
  return { kind: 'word', values }
}

export function exactWord(...values: readonly string[]): WordType {
  return { kind: 'word', values, exact: true }
}

export function mapOf(
  value: FieldType,
  more: Partial<Omit<MapType, 'kind' | 'value'>> = {},
): MapType {
  return { kind: 'map', value, ...more }
}

export function listOf(
  item: FieldType,
  more: Partial<Omit<ListType, 'kind' | 'item'>> = {},
): ListType {
  return { kind: 'list', item, ...more }
}

export function object(table: () => Table): FieldType {
  return { kind: 'object', table }
}

export function bindable(type: FieldType): FieldType {
  return { kind: 'bindable', type }
}

/** A mapping is read by `whenMap`, everything else by `otherwise`. */
export function mapOr(whenMap: FieldType, otherwise: FieldType): ChoiceType {
  return {
    kind: 'choice',
    members: [whenMap, otherwise],
    pick: (node) => (node.kind === 'map' ? 0 : 1),
  }
}

export function required(type: FieldType, doc: string): Field {
  return { type, doc, required: true }
}

export function optional(type: FieldType, doc: string, more: Partial<Field> = {}): Field {
  return { type, doc, ...more }
}

export function readOnly(doc: string): Field {
  return { type: anything, doc, readOnly: true }
}

const made = new WeakMap<() => Table, Table>()

/** The table that a thunk stands for, made once: tables name one another, and some only on demand. */
export function tableOf(thunk: () => Table): Table {
  const known = made.get(thunk)
  if (known !== undefined) return known
  const table = thunk()
  made.set(thunk, table)
  return table
}
