import jmespath from 'jmespath'
import { closestWords } from '../grammar/closest.ts'
import { UsageError } from '../grammar/usage-error.ts'

/**
 * The result of a JMESPath query.
 *
 * @throws UsageError for a query that cannot be read, in az's words.
 */
export function applyQuery(value: unknown, query: string): unknown {
  try {
    return jmespath.search(value, query)
  } catch (error) {
    if (isSyntax(error)) throw badQuery(query)
    throw new UsageError(`argument --query: ${(error as Error).message}: '${query}'`)
  }
}

/** Reads the query before any work is done, so that a typo in it costs nothing. */
export function checkQuery(query: string): void {
  const unknown = functionsIn(parse(query)).find((name) => !FUNCTIONS.includes(name))
  if (unknown === undefined) return
  const near = closestWords(unknown, FUNCTIONS, 1)
  throw new UsageError(
    `argument --query: there is no function ${unknown}(): '${query}'`,
    near.map((name) => `Did you mean ${name}() ?`),
  )
}

interface Part {
  readonly type: string
  readonly name?: string
  readonly children?: readonly Part[]
}

/** The library's own tree; its types do not tell of it. */
function parse(query: string): Part {
  try {
    const { compile } = jmespath as unknown as { compile(query: string): Part }
    return compile(query)
  } catch (error) {
    if (isSyntax(error)) throw badQuery(query)
    throw error
  }
}

function functionsIn({
  type,
  name,
  children,
  value,
}: Part & { readonly value?: unknown }): string[] {
  const own = type === 'Function' && name !== undefined ? [name] : []
  const parts = [...(children ?? []), ...(type === 'KeyValuePair' && value ? [value as Part] : [])]
  return [...own, ...parts.flatMap(functionsIn)]
}

const FUNCTIONS = [
  ...['abs', 'avg', 'ceil', 'contains', 'ends_with', 'floor', 'join', 'keys', 'length', 'map'],
  ...['max', 'max_by', 'merge', 'min', 'min_by', 'not_null', 'reverse', 'sort', 'sort_by'],
  ...['starts_with', 'sum', 'to_array', 'to_number', 'to_string', 'type', 'values'],
]

function isSyntax(error: unknown): boolean {
  return ['ParserError', 'LexerError'].includes((error as Error).name)
}

function badQuery(query: string): UsageError {
  return new UsageError(`argument --query: invalid jmespath_type value: '${query}'`)
}
