/** Filters and orders over plain objects, for what is few enough to be looked at one by one. */
import type { Clause } from './filter.ts'
import type { Comparator } from './grammar.ts'
import type { OrderKey } from './order-by.ts'

/** What a search looks at. */
export interface Searchable {
  readonly attributes: Readonly<Record<string, string | number | undefined>>
  readonly tags: ReadonlyMap<string, string>
}

const PROMPT_TAG = 'mlflow.prompt.is_prompt'

/**
 * Whether every clause holds. What is absent matches nothing, with MLflow's one exception: a model without the prompt
 * tag counts as tagged `false`.
 */
export function matches(subject: Searchable, clauses: readonly Clause[]): boolean {
  return clauses.every((clause) => {
    const { type, key, comparator, value } = clause
    const left = type === 'tag' ? subject.tags.get(key) : subject.attributes[key]
    if (comparator === 'IS NULL') return left === undefined
    if (comparator === 'IS NOT NULL') return left !== undefined
    if (left === undefined && key === PROMPT_TAG)
      return compare('false', comparator, String(value).toLowerCase())
    return left !== undefined && value !== null && compare(left, comparator, value)
  })
}

/** Whether a filter names the tag that marks prompts: otherwise prompts are left out. */
export function mentionsPrompts(clauses: readonly Clause[]): boolean {
  return clauses.some(({ type, key }) => type === 'tag' && key === PROMPT_TAG)
}

export function isPrompt(tags: ReadonlyMap<string, string>): boolean {
  return tags.get(PROMPT_TAG)?.toLowerCase() === 'true'
}

function compare(
  left: string | number,
  comparator: Comparator,
  right: string | number | readonly string[],
): boolean {
  switch (comparator) {
    case '=':
      return left === right
    case '!=':
      return left !== right
    case '>':
      return left > (right as string | number)
    case '>=':
      return left >= (right as string | number)
    case '<':
      return left < (right as string | number)
    case '<=':
      return left <= (right as string | number)
    case 'LIKE':
      return isLike(String(left), String(right))
    case 'ILIKE':
      return isLike(String(left).toLowerCase(), String(right).toLowerCase())
    case 'IN':
      return (right as readonly string[]).includes(String(left))
    case 'NOT IN':
      return !(right as readonly string[]).includes(String(left))
    case 'IS NULL':
    case 'IS NOT NULL':
      return false
  }
}

/** `%` is any text, `_` any character. Steps back to the last `%` alone, so that no pattern takes long. */
function isLike(text: string, pattern: string): boolean {
  const chars = [...text]
  const signs = [...pattern]
  let [place, sign] = [0, 0]
  let anyText: { readonly sign: number; place: number } | undefined
  while (place < chars.length) {
    if (signs[sign] === '%') {
      anyText = { sign, place }
      sign += 1
    } else if (signs[sign] === '_' || signs[sign] === chars[place]) {
      place += 1
      sign += 1
    } else if (anyText !== undefined) {
      anyText.place += 1
      place = anyText.place
      sign = anyText.sign + 1
    } else return false
  }
  return signs.slice(sign).every((rest) => rest === '%')
}

/** Compares by the given attributes; what is absent comes last. */
export function byOrder<T extends Searchable>(keys: readonly OrderKey[]): (a: T, b: T) => number {
  return (a, b) => {
    for (const { key, ascending } of keys) {
      const left = a.attributes[key]
      const right = b.attributes[key]
      if (left === right) continue
      if (left === undefined) return 1
      if (right === undefined) return -1
      return left < right === ascending ? -1 : 1
    }
    return 0
  }
}
