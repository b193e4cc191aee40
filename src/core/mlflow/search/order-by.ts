import { invalid } from '../errors.ts'
import { readIdentifier } from './filter.ts'
import type { ClauseType, Grammar } from './grammar.ts'

/** One key to sort by. */
export interface OrderKey {
  readonly type: ClauseType
  readonly key: string
  readonly ascending: boolean
}

const ORDER_BY =
  /^\s*((?:`[^`]*`|"[^"]*"|[\p{L}\p{N}_]+)(?:\.(?:`[^`]*`|"[^"]*"|[\p{L}\p{N}_]+))*)(?:\s+(\S+))?\s*$/u

/** Reads `key [ASC|DESC]` entries; naming a key twice is an error, as in MLflow. */
export function parseOrderBy(entries: readonly string[], grammar: Grammar): readonly OrderKey[] {
  const keys = entries.map((entry) => parseOrderKey(entry, grammar))
  const seen = new Set(keys.map(({ type, key }) => `${type}.${key}`))
  if (seen.size < keys.length)
    throw invalid(
      `\`order_by\` contains duplicate fields: [${entries.map((entry) => `'${entry}'`).join(', ')}]`,
    )
  return keys
}

function parseOrderKey(entry: string, grammar: Grammar): OrderKey {
  const match = ORDER_BY.exec(entry)
  if (match?.[1] === undefined)
    throw invalid(`Invalid order_by clause '${entry}'. Could not be parsed.`)
  const direction = (match[2] ?? 'asc').toLowerCase()
  if (direction !== 'asc' && direction !== 'desc')
    throw invalid(`Invalid ordering key in order_by clause '${entry}'.`)
  const { type, key } = readIdentifier(match[1], grammar, grammar.orderAttributes)
  if (type === 'dataset' || (type !== 'attribute' && !grammar.orderByKeys))
    throw invalid(`Invalid order_by entity: ${type}`)
  return { type, key, ascending: direction === 'asc' }
}
