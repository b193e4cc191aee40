import { invalid } from '../errors.ts'
import { experimentNumber } from '../limits.ts'
import {
  type ClauseType,
  type Comparator,
  DATASET_KEYS,
  type Grammar,
  KEY_COMPARATORS,
  LIST_COMPARATORS,
  NUMBER_COMPARATORS,
} from './grammar.ts'
import { type RawClause, type RawValue, readClauses } from './tokens.ts'

/** One comparison of a search. All clauses of a filter must hold. */
export interface Clause {
  readonly type: ClauseType
  /** Attribute in its own spelling, or the key of a metric, param or tag. */
  readonly key: string
  readonly comparator: Comparator
  readonly value: string | number | readonly string[] | null
}

/**
 * Reads a search filter. Clauses keep their order.
 *
 * @throws MlflowError INVALID_PARAMETER_VALUE for text outside the grammar, unknown attributes, comparators that the
 *   thing on the left does not have and values of the wrong kind, as mlflow 3.17 does.
 */
export function parseFilter(filter: string | undefined, grammar: Grammar): readonly Clause[] {
  if (filter === undefined || filter === '') return []
  return readClauses(filter).map((raw) => toClause(raw, grammar))
}

function toClause(raw: RawClause, grammar: Grammar): Clause {
  const { type, key } = readIdentifier(raw.identifier, grammar, Object.keys(grammar.attributes))
  const kind = kindOf(type, key, grammar)
  const comparator = checkComparator(raw.comparator, type, kind, grammar)
  const value = raw.value.type === 'none' ? null : readValue({ ...raw, type, key, kind, grammar })
  return { type, key, comparator, value }
}

type Kind = 'string' | 'number' | 'integer' | 'id'

function kindOf(type: ClauseType, key: string, grammar: Grammar): Kind {
  if (type === 'metric') return 'number'
  return type === 'attribute' ? (grammar.attributes[key] ?? 'string') : 'string'
}

/** Splits at the first dot only: `tags.mlflow.parentRunId` has the key `mlflow.parentRunId`. */
export function readIdentifier(
  identifier: string,
  grammar: Grammar,
  attributes: readonly string[],
): { type: ClauseType; key: string } {
  const dot = /^[`"]/.test(identifier) ? -1 : identifier.indexOf('.')
  const prefix = dot < 0 ? 'attribute' : identifier.slice(0, dot)
  const type = Object.hasOwn(grammar.prefixes, prefix) ? grammar.prefixes[prefix] : undefined
  if (dot >= 0 && type === undefined)
    throw invalid(
      `Invalid entity type '${prefix}'. Valid values are [${quoted([...new Set(Object.values(grammar.prefixes))])}]`,
    )
  const key = unquote(identifier.slice(dot + 1))
  if (dot < 0 || type === 'attribute')
    return { type: 'attribute', key: attribute(key, grammar, attributes) }
  if (type === 'dataset' && !(DATASET_KEYS as readonly string[]).includes(key))
    throw invalid(
      `Invalid dataset key '${key}' specified. Valid keys are '{${quoted(DATASET_KEYS)}}'`,
    )
  return { type: type ?? 'attribute', key }
}

function attribute(key: string, grammar: Grammar, attributes: readonly string[]): string {
  const aliases = grammar.aliases ?? {}
  const name = Object.hasOwn(aliases, key) ? (aliases[key] ?? key) : key
  if (!attributes.includes(name))
    throw invalid(
      `Invalid attribute key '${key}' specified. Valid keys are '{${quoted(attributes)}}'`,
    )
  return name
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ')
}

function unquote(text: string): string {
  const match = /^`([^`]*)`$|^"([^"]*)"$/.exec(text)
  return match === null ? text : (match[1] ?? match[2] ?? '')
}

function checkComparator(
  comparator: string,
  type: ClauseType,
  kind: Kind,
  grammar: Grammar,
): Comparator {
  const isNullTest = comparator === 'IS NULL' || comparator === 'IS NOT NULL'
  if (isNullTest && !(grammar.nullComparators && (type === 'tag' || type === 'parameter')))
    throw invalid(`IS NULL / IS NOT NULL is only supported for tags and params, not for '${type}'`)
  if (isNullTest) return comparator as Comparator
  const allowed = comparatorsOf(type, kind, grammar)
  if (!(allowed as readonly string[]).includes(comparator))
    throw invalid(`Invalid comparator '${comparator}' not one of '{${quoted(allowed)}}'`)
  return comparator as Comparator
}

function comparatorsOf(type: ClauseType, kind: Kind, grammar: Grammar): readonly Comparator[] {
  if (kind === 'number' || kind === 'integer') return NUMBER_COMPARATORS
  if (kind === 'id') return ['=', '!=', 'IN', 'NOT IN']
  if (type === 'dataset') return LIST_COMPARATORS
  if (type === 'attribute') return grammar.stringComparators
  // Logged models are the one search whose params and tags take lists.
  return grammar.nullComparators || grammar.listAttributes !== undefined
    ? KEY_COMPARATORS
    : LIST_COMPARATORS
}

interface ValueContext {
  readonly type: ClauseType
  readonly key: string
  readonly kind: Kind
  readonly comparator: string
  readonly value: RawValue
  readonly grammar: Grammar
}

function readValue(context: ValueContext): string | number | readonly string[] {
  const { type, key, kind, value, comparator, grammar } = context
  if (kind === 'number' || kind === 'integer') return readNumber(context)
  const takesList = comparator === 'IN' || comparator === 'NOT IN'
  if (value.type === 'list') {
    if (type === 'attribute' && grammar.listAttributes?.includes(key) === false)
      throw invalid(
        `Only [${quoted(grammar.listAttributes)}] attributes support comparison with a list of quoted string values.`,
      )
    if (!takesList)
      throw invalid(`Expected a quoted string value for ${type} '${key}'. Got value ${value.text}`)
    return kind === 'id'
      ? value.entries.map((entry) => String(experimentNumber(entry)))
      : value.entries
  }
  if (value.type === 'word') throw unquotedValue(value.text)
  if (value.type !== 'string')
    throw invalid(
      `Expected a quoted string value for ${type} (e.g. 'my-value'). Got value ${value.text}`,
    )
  if (takesList)
    throw invalid(`Expected a list of quoted string values for '${key}'. Got value ${value.text}`)
  const text = value.text.slice(1, -1)
  return kind === 'id' ? String(experimentNumber(text)) : text
}

function unquotedValue(text: string): Error {
  return invalid(
    `Parameter value is either not quoted or unidentified quote types used for string value ${text}. Use either single or double quotes.`,
  )
}

function readNumber({ type, key, kind, value }: ValueContext): number {
  const what = type === 'metric' ? 'metric' : `numeric attribute: ${key}`
  if (value.type !== 'number')
    throw invalid(`Expected numeric value type for ${what}. Found ${value.text}`)
  const number = Number(value.text)
  if (kind === 'integer' && !Number.isInteger(number))
    throw invalid(`Invalid value for numeric attribute '${key}': '${value.text}'`)
  return number
}
