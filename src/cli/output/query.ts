import jmespath from 'jmespath'
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
  try {
    jmespath.search(null, query)
  } catch (error) {
    if (isSyntax(error)) throw badQuery(query)
  }
}

function isSyntax(error: unknown): boolean {
  return ['ParserError', 'LexerError'].includes((error as Error).name)
}

function badQuery(query: string): UsageError {
  return new UsageError(`argument --query: invalid jmespath_type value: '${query}'`)
}
