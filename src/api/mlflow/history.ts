import { invalid } from '../../core/mlflow/errors.ts'
import { INT, REQUIRED_TEXT, RUN_ID, TEXT, TEXTS } from '../../core/mlflow/fields.ts'
import { RawJson } from '../../core/mlflow/json.ts'
import type { Message } from '../../core/mlflow/message.ts'
import { pageToken, readPageToken } from '../../core/mlflow/page-token.ts'
import { hasPointsAfter, readHistoryText } from '../../store/tracking/history-text.ts'
import {
  countPointsUpTo,
  type PointRow,
  sampleMetricHistory,
} from '../../store/tracking/metrics.ts'
import { findRunNos } from '../../store/tracking/run-data.ts'
import { type ReadContext, type ReadRoute, readRoute } from './context.ts'
import { pointText } from './run-texts.ts'

const MAX_RUNS = 100
const MAX_BULK_POINTS = 25_000
const MAX_SAMPLES = 2_500

const HISTORY_FIELDS = {
  run_id: RUN_ID,
  metric_key: REQUIRED_TEXT,
  page_token: TEXT,
  max_results: INT,
} as const

const INTERVAL_FIELDS = {
  run_ids: TEXTS,
  metric_key: REQUIRED_TEXT,
  start_step: INT,
  end_step: INT,
  max_results: INT,
} as const

const BULK_FIELDS = { run_id: TEXTS, metric_key: TEXT, max_results: INT } as const

/** Points that are read and written as JSON in about two milliseconds. */
const FEW_POINTS = 4_000

export const HISTORY_ROUTES: readonly ReadRoute[] = [
  readRoute('GET mlflow/metrics/get-history', HISTORY_FIELDS, {
    run: history,
    isShort: ({ run_id, metric_key }, context) => hasFewPoints(context, [run_id], metric_key),
  }),
  readRoute('GET mlflow/metrics/get-history-bulk', BULK_FIELDS, {
    run: bulk,
    isShort: ({ run_id, metric_key }, context) => hasFewPoints(context, run_id, metric_key),
  }),
  readRoute('GET mlflow/metrics/get-history-bulk-interval', INTERVAL_FIELDS, {
    run: interval,
    isShort: ({ run_ids, metric_key }, context) => hasFewPoints(context, run_ids, metric_key),
  }),
]

function hasFewPoints({ scope }: ReadContext, runIds: readonly string[], key = ''): boolean {
  const runNos = [...findRunNos(scope, runIds).values()]
  return countPointsUpTo(scope, { runNos, key, limit: FEW_POINTS + 1 }) <= FEW_POINTS
}

function history(message: Message<typeof HISTORY_FIELDS>, { scope }: ReadContext): unknown {
  const { run_id, metric_key: key, max_results } = message
  if (max_results !== undefined && max_results <= 0)
    throw invalid(
      `Invalid value ${max_results} for parameter 'max_results' supplied. It must be a positive integer.`,
    )
  const offset = readPageToken(message.page_token)
  const runNo = findRunNos(scope, [run_id]).get(run_id)
  if (runNo === undefined) return {}
  const { text, count } = readHistoryText(scope, { runNo, key, offset, limit: max_results })
  const end = offset + count
  const hasMore = count === max_results && hasPointsAfter(scope, { runNo, key, offset: end })
  return {
    metrics: count === 0 ? undefined : new RawJson(`[${text}]`),
    next_page_token: hasMore ? pageToken(end) : undefined,
  }
}

function pointList(texts: readonly string[]): RawJson | undefined {
  return texts.length === 0 ? undefined : new RawJson(`[${texts.join(',')}]`)
}

/** History of one metric of many runs for the web page of MLflow: runs by id, each by time. */
function bulk(message: Message<typeof BULK_FIELDS>, context: ReadContext): unknown {
  const { run_id: runIds, metric_key: key, max_results = MAX_BULK_POINTS } = message
  if (runIds.length === 0)
    throw invalid('GetMetricHistoryBulk request must specify at least one run_id.')
  checkRunCount('GetMetricHistoryBulk request cannot specify more than', 'run_ids', runIds)
  if (key === undefined) throw invalid('GetMetricHistoryBulk request must specify a metric_key.')
  let left = Math.min(max_results, MAX_BULK_POINTS)
  const texts: string[] = []
  const runNos = findRunNos(context.scope, runIds)
  for (const runId of [...runNos.keys()].sort()) {
    const runNo = runNos.get(runId) ?? 0
    const limit = Math.max(left, 0)
    const { text, count } = readHistoryText(context.scope, { runNo, key, limit, runId })
    left -= count
    if (count > 0) texts.push(text)
  }
  return { metrics: new RawJson(`[${texts.join(',')}]`) }
}

function checkRunCount(start: string, what: string, runIds: readonly string[]): void {
  if (runIds.length > MAX_RUNS)
    throw invalid(`${start} ${MAX_RUNS} ${what}. Received ${runIds.length} ${what}.`)
}

function interval(message: Message<typeof INTERVAL_FIELDS>, { scope }: ReadContext): unknown {
  const { run_ids, metric_key: key, start_step, end_step, max_results = MAX_SAMPLES } = message
  if (run_ids.length === 0)
    throw invalid(
      "Missing value for required parameter 'run_ids'. See the API docs for more information about request parameters.",
    )
  checkRunCount('GetMetricHistoryBulkInterval request must specify at most', 'run_ids', run_ids)
  if (max_results < 1 || max_results > MAX_SAMPLES)
    throw invalid(
      `max_results must be between 1 and ${MAX_SAMPLES}. See the API docs for more information about request parameters.`,
    )
  const steps = stepRange(start_step, end_step)
  const runNos = findRunNos(scope, run_ids)
  const texts = run_ids.flatMap((runId) => {
    const runNo = runNos.get(runId)
    if (runNo === undefined) return []
    const points: PointRow[] = sampleMetricHistory(scope, { runNo, key, count: max_results, steps })
    return points.map((point) => pointText(key, point, runId))
  })
  return { metrics: pointList(texts) }
}

function stepRange(start: number | undefined, end: number | undefined) {
  if (start === undefined && end === undefined) return undefined
  if (start === undefined || end === undefined)
    throw invalid('If either start step or end step are specified, both must be specified.')
  if (start > end)
    throw invalid(
      `end_step must be greater than start_step. Found start_step=${start} and end_step=${end}.`,
    )
  return { from: start, to: end }
}
