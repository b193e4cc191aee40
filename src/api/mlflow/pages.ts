import { invalid } from '../../core/mlflow/errors.ts'
import { pageToken } from '../../core/mlflow/page-token.ts'

/** @throws INVALID_PARAMETER_VALUE outside 1..max. */
export function checkedPageSize(value: number, max: number): number {
  if (value < 1)
    throw invalid(
      `Invalid value ${value} for parameter 'max_results' supplied. It must be a positive integer`,
    )
  if (value > max)
    throw invalid(
      `Invalid value ${value} for parameter 'max_results' supplied. It must be at most ${max}`,
    )
  return value
}

/** The token of the page behind one that starts at `offset`; undefined when all of `found` items fit on it. */
export function nextPageToken(
  found: number,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): string | undefined {
  return found > limit ? pageToken(offset + limit) : undefined
}

/** An empty list is absent from an answer. */
export function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}
