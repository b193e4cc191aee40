import { invalid, invalidValue } from '../../core/mlflow/errors.ts'
import {
  KEY_VALUES,
  LONG,
  METRIC_FIELDS,
  REQUIRED_TEXT,
  RUN_ID,
  TEXT,
} from '../../core/mlflow/fields.ts'
import {
  checkBatchSize,
  checkedParam,
  checkedTag,
  checkMetricKey,
  checkRunId,
} from '../../core/mlflow/limits.ts'
import type { Message } from '../../core/mlflow/message.ts'
import type { KeyValue } from '../../store/tracking/experiments.ts'
import { logModelMetrics, type ModelPoint } from '../../store/tracking/logged-models.ts'
import { logMetrics, type MetricPoint } from '../../store/tracking/metrics.ts'
import {
  deleteRunTag,
  getRunTag,
  logParams,
  putRunTag,
  type RunRow,
} from '../../store/tracking/runs.ts'
import { type Context, type JsonRoute, jsonRoute, writableRun } from './context.ts'
import { addToHistory, MODEL_HISTORY_TAG, readModelJson } from './model-history.ts'

const BATCH_FIELDS = {
  run_id: RUN_ID,
  metrics: { type: 'object', many: true, fields: METRIC_FIELDS },
  params: KEY_VALUES,
  tags: KEY_VALUES,
} as const

const LOG_METRIC_FIELDS = {
  ...METRIC_FIELDS,
  run_id: RUN_ID,
  key: REQUIRED_TEXT,
  value: { type: 'float', required: true },
  timestamp: { ...LONG, required: true },
} as const

export const LOGGING_ROUTES: readonly JsonRoute[] = [
  jsonRoute('POST mlflow/runs/log-metric', LOG_METRIC_FIELDS, (message, context) => {
    const metrics = [toPoint(message, '')]
    return store(context, { run_id: message.run_id, metrics, params: [], tags: [] })
  }),
  jsonRoute('POST mlflow/runs/log-batch', BATCH_FIELDS, batch),
  // What azureml-mlflow calls before it asks whether the data is there: it is, once this has answered.
  jsonRoute('POST mlflow/runs/log-batch-async', BATCH_FIELDS, async (message, context) => {
    await batch(message, context)
    return { batch_tracking_id: '' }
  }),
  jsonRoute('GET mlflow/runs/get-run-data-status', {}, () => ({ is_complete: true })),
  jsonRoute(
    'POST mlflow/runs/log-parameter',
    { run_id: RUN_ID, key: REQUIRED_TEXT, value: TEXT },
    ({ run_id, key, value = '' }, context) => {
      const param = { key, value: checkedParam(key, value, 'key') }
      return context.write(() =>
        logParams(context.scope, writableRun(context, run_id), [param], false),
      )
    },
  ),
  jsonRoute(
    'POST mlflow/runs/set-tag',
    { run_id: RUN_ID, key: REQUIRED_TEXT, value: TEXT },
    ({ run_id, key, value = '' }, context) => {
      const tag = { key, value: checkedTag(key, value, 'key') }
      return context.write(() => setTags(context, writableRun(context, run_id), [tag]))
    },
  ),
  jsonRoute(
    'POST mlflow/runs/delete-tag',
    { run_id: RUN_ID, key: REQUIRED_TEXT },
    ({ run_id, key }, context) =>
      context.write(() => {
        const run = writableRun(context, run_id)
        deleteRunTag(context.scope, run, key)
        if (run.is_job === 1) context.jobs.changeTags(run_id, new Map([[key, null]]))
      }),
  ),
  jsonRoute(
    'POST mlflow/runs/log-model',
    { run_id: RUN_ID, model_json: REQUIRED_TEXT },
    ({ run_id, model_json }, context) => {
      const model = readModelJson(model_json)
      const { scope } = context
      return context.write(() => {
        const run = writableRun(context, run_id)
        const history = addToHistory(getRunTag(scope, run, MODEL_HISTORY_TAG), model)
        putRunTag(scope, run, MODEL_HISTORY_TAG, history)
      })
    },
  ),
]

async function batch(message: Message<typeof BATCH_FIELDS>, context: Context): Promise<void> {
  const { run_id } = message
  checkRunId(run_id)
  const batchPath = (name: string, place: number) => `${name}[${place}]`
  const metrics = message.metrics.map((metric, place) =>
    toPoint(metric, batchPath('metrics', place)),
  )
  const params = message.params.map(({ key = '', value = '' }, place) => {
    requireKey(key, batchPath('params', place))
    return { key, value: checkedParam(key, value, `${batchPath('params', place)}.key`) }
  })
  const tags = message.tags.map(({ key = '', value = '' }, place) => {
    requireKey(key, batchPath('tags', place))
    return { key, value: checkedTag(key, value, `${batchPath('tags', place)}.key`) }
  })
  checkBatchSize({ metrics: metrics.length, params: params.length, tags: tags.length })
  checkKeysUnique(params)
  await store(context, { run_id, metrics, params, tags })
}

function requireKey(key: string, path: string): void {
  if (key === '') throw missingInBatch(`${path}.key`)
}

function missingInBatch(path: string): Error {
  return invalid(
    `Missing value for required parameter '${path}'. See the API docs for more information about request parameters.`,
  )
}

function checkKeysUnique(params: readonly KeyValue[]): void {
  const seen = new Set<string>()
  const again = params.filter(({ key }) => seen.size === seen.add(key).size)
  if (again.length > 0)
    throw invalid(
      `Duplicate parameter keys have been submitted: [${again.map(({ key }) => `'${key}'`).join(', ')}]. Please ensure the request contains only one param value per param key.`,
    )
}

interface PointMessage {
  readonly key: string | undefined
  readonly value: number | undefined
  readonly timestamp: number | bigint | undefined
  readonly step: number | bigint | undefined
  readonly model_id: string | undefined
  readonly dataset_name: string | undefined
  readonly dataset_digest: string | undefined
}

function toPoint(message: PointMessage, path: string): ModelPoint {
  const { key = '', value, timestamp, step = 0 } = message
  const at = (name: string) => (path === '' ? name : `${path}.${name}`)
  if (key === '') throw missingInBatch(at('key'))
  if (value === undefined) throw missingInBatch(at('value'))
  if (timestamp === undefined) throw missingInBatch(at('timestamp'))
  checkMetricKey(key, at('name'))
  if (timestamp < 0)
    throw invalidValue(
      at('timestamp'),
      timestamp,
      `metric '${key}' (value=${pythonNumber(value)}). Timestamp must be a nonnegative long (64-bit integer) `,
    )
  return {
    key,
    value,
    timestamp,
    step,
    modelId: message.model_id ?? '',
    datasetName: message.dataset_name ?? '',
    datasetDigest: message.dataset_digest ?? '',
  }
}

/** A double as Python prints it. */
function pythonNumber(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value)
}

interface Batch {
  readonly run_id: string
  readonly metrics: readonly (MetricPoint & ModelPoint)[]
  readonly params: readonly KeyValue[]
  readonly tags: readonly KeyValue[]
}

async function store(context: Context, given: Batch): Promise<void> {
  await context.write(() => logBatch(context, given))
  if (given.metrics.length > 0) context.onMetrics(given.run_id)
}

function logBatch(context: Context, { run_id, metrics, params, tags }: Batch): void {
  const { scope } = context
  const run = writableRun(context, run_id)
  if (params.length > 0) logParams(scope, run, params)
  if (metrics.length > 0) logMetrics(scope, run, metrics)
  const ofModels = metrics.filter(({ modelId }) => modelId !== '')
  if (ofModels.length > 0) logModelMetrics(scope, run_id, ofModels)
  if (tags.length > 0) setTags(context, run, tags)
}

function setTags({ scope, jobs }: Context, run: RunRow, tags: readonly KeyValue[]): void {
  for (const { key, value } of tags) putRunTag(scope, run, key, value)
  if (run.is_job === 1)
    jobs.changeTags(run.run_id, new Map(tags.map(({ key, value }) => [key, value])))
}
