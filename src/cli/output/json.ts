import { isMapping } from '../../core/mapping.ts'
import { numberText, sortedKeys } from './python-text.ts'

/**
 * JSON as Python's `json.dumps(indent=2, sort_keys=True, ensure_ascii=False)` writes it. Objects of JavaScript put keys
 * such as `10` in an order of their own, so sorting them is not enough.
 */
export function formatJson(value: unknown): string {
  return `${textOf(value, '')}\n`
}

function textOf(value: unknown, indent: string): string {
  if (typeof value === 'number') return numberText(value)
  if (Array.isArray(value)) return block('[]', value, indent, textOf)
  if (!isMapping(value)) return JSON.stringify(value ?? null)
  const keys = sortedKeys(value).filter((key) => value[key] !== undefined)
  const entry = (key: string, deeper: string) =>
    `${JSON.stringify(key)}: ${textOf(value[key], deeper)}`
  return block('{}', keys, indent, entry)
}

function block<T>(
  brackets: string,
  items: readonly T[],
  indent: string,
  print: (item: T, indent: string) => string,
): string {
  if (items.length === 0) return brackets
  const deeper = `${indent}  `
  const lines = items.map((item) => deeper + print(item, deeper))
  return `${brackets[0]}\n${lines.join(',\n')}\n${indent}${brackets[1]}`
}
