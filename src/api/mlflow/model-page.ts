import { invalid } from '../../core/mlflow/errors.ts'

/** What a token of a search over logged models is bound to. */
interface Bound {
  readonly experiment_ids: readonly string[]
  readonly filter: string | undefined
  readonly order_by: readonly unknown[]
}

/** As mlflow says it: its tests match these texts. */
const OTHER = {
  experiment_ids:
    'Experiment IDs in the page token do not match the requested experiment IDs. A token continues the search it came from.',
  filter:
    'Filter string in the page token does not match the requested filter string. A token continues the search it came from.',
  order_by:
    'Order by in the page token does not match the requested order by. A token continues the search it came from.',
} as const

/** The token of the page that starts at `offset` of this very search. */
export function modelPageToken(offset: number, search: Bound): string {
  const { experiment_ids, filter, order_by } = search
  return Buffer.from(JSON.stringify({ offset, experiment_ids, filter, order_by })).toString(
    'base64',
  )
}

/** @throws INVALID_PARAMETER_VALUE for tokens that are none, or of another search. */
export function modelPageOffset(token: string | undefined, search: Bound): number {
  if (token === undefined || token === '') return 0
  let read: Record<string, unknown>
  try {
    read = JSON.parse(Buffer.from(token, 'base64').toString()) as Record<string, unknown>
  } catch {
    throw invalid(`Invalid page token: ${token}.`)
  }
  const { offset } = read
  if (!Number.isSafeInteger(offset)) throw invalid(`Invalid page token: ${token}.`)
  for (const field of ['experiment_ids', 'filter', 'order_by'] as const)
    if (JSON.stringify(read[field]) !== JSON.stringify(search[field])) throw invalid(OTHER[field])
  return Number(offset)
}
