import { randomBytes } from 'node:crypto'
import { invalid } from '../../core/mlflow/errors.ts'
import { KEY_VALUES, REQUIRED_TEXT, TEXT, TEXTS } from '../../core/mlflow/fields.ts'
import { doubleText, RawJson } from '../../core/mlflow/json.ts'
import { experimentNumber } from '../../core/mlflow/limits.ts'
import type { Fields, Message } from '../../core/mlflow/message.ts'
import { madeUpName } from '../../core/mlflow/names.ts'
import { parseFilter, readIdentifier } from '../../core/mlflow/search/filter.ts'
import { LOGGED_MODEL_GRAMMAR } from '../../core/mlflow/search/grammar.ts'
import {
  checkExperimentActive,
  findExperimentNos,
  getExperiment,
} from '../../store/tracking/experiments.ts'
import {
  countModelsUpTo,
  deleteModelTag,
  getLoggedModel,
  insertLoggedModel,
  type LoggedModelData,
  type LoggedModelRow,
  listModelData,
  logModelParams,
  type ModelMetricRow,
  type ModelOrder,
  searchLoggedModels,
  setModelTags,
  updateLoggedModel,
} from '../../store/tracking/logged-models.ts'
import { findRun } from '../../store/tracking/runs.ts'
import {
  type Context,
  type JsonRoute,
  jsonRoute,
  type ReadContext,
  type ReadRoute,
  readRoute,
} from './context.ts'
import { keyValues, lastOfEachKey } from './key-values.ts'
import { modelPageOffset, modelPageToken } from './model-page.ts'
import { nonEmpty } from './pages.ts'

const STATUSES = [
  'LOGGED_MODEL_PENDING',
  'LOGGED_MODEL_READY',
  'LOGGED_MODEL_UPLOAD_FAILED',
] as const
const DEFAULT_PAGE = 100
const MAX_PAGE = 50_000

const CREATE_FIELDS = {
  experiment_id: REQUIRED_TEXT,
  name: TEXT,
  model_type: TEXT,
  source_run_id: TEXT,
  params: KEY_VALUES,
  tags: KEY_VALUES,
} as const

const ORDER_FIELDS = {
  field_name: TEXT,
  ascending: { type: 'bool' },
  dataset_name: TEXT,
  dataset_digest: TEXT,
} as const satisfies Fields

const SEARCH_FIELDS = {
  experiment_ids: TEXTS,
  filter: TEXT,
  datasets: {
    type: 'object',
    many: true,
    fields: { dataset_name: TEXT, dataset_digest: TEXT },
  },
  max_results: { type: 'int' },
  order_by: { type: 'object', many: true, fields: ORDER_FIELDS },
  page_token: TEXT,
} as const

const MODEL = 'mlflow/logged-models/{model_id}'

export const LOGGED_MODEL_ROUTES: readonly JsonRoute[] = [
  jsonRoute('POST mlflow/logged-models', CREATE_FIELDS, create),
  jsonRoute(
    `GET ${MODEL}`,
    { model_id: REQUIRED_TEXT, allow_deleted: { type: 'bool' } },
    ({ model_id, allow_deleted = false }, { scope }) =>
      answer(scope, getLoggedModel(scope, model_id, { allowDeleted: allow_deleted })),
  ),
  jsonRoute(
    `PATCH ${MODEL}`,
    { model_id: REQUIRED_TEXT, status: { type: 'enum', values: STATUSES, required: true } },
    ({ model_id, status }, context) =>
      context.write(() => {
        const { scope } = context
        updateLoggedModel(scope, writableModel(context, model_id), { status })
        return answer(scope, getLoggedModel(scope, model_id))
      }),
  ),
  jsonRoute(`DELETE ${MODEL}`, { model_id: REQUIRED_TEXT }, ({ model_id }, context) =>
    context.write(() => {
      const { scope, access } = context
      const model = getLoggedModel(scope, model_id, { allowDeleted: true })
      access.checkModel(scope, model)
      updateLoggedModel(scope, model, { lifecycle: 'deleted' })
    }),
  ),
  jsonRoute(
    `PATCH ${MODEL}/tags`,
    { model_id: REQUIRED_TEXT, tags: KEY_VALUES },
    ({ model_id, tags }, { scope, access, write }) =>
      write(() => {
        const model = getLoggedModel(scope, model_id)
        const pairs = keyValues(tags)
        access.checkModelTags(scope, model, pairs)
        setModelTags(scope, model, pairs)
      }),
  ),
  jsonRoute(
    `DELETE ${MODEL}/tags/{tag_key}`,
    { model_id: REQUIRED_TEXT, tag_key: REQUIRED_TEXT },
    ({ model_id, tag_key }, context) =>
      context.write(() => deleteModelTag(context.scope, writableModel(context, model_id), tag_key)),
  ),
  jsonRoute(
    `POST ${MODEL}/params`,
    { model_id: REQUIRED_TEXT, params: KEY_VALUES },
    ({ model_id, params }, context) =>
      context.write(() =>
        logModelParams(context.scope, writableModel(context, model_id), keyValues(params)),
      ),
  ),
]

function writableModel({ scope, access }: Context, modelId: string): LoggedModelRow {
  const model = getLoggedModel(scope, modelId)
  access.checkModel(scope, model)
  return model
}

/** As many as are searched at once. */
const FEW_MODELS = 200

export const LOGGED_MODEL_SEARCHES: readonly ReadRoute[] = [
  readRoute('POST mlflow/logged-models/search', SEARCH_FIELDS, {
    run: search,
    isShort: ({ experiment_ids }, { scope }) => {
      const nos = findExperimentNos(scope, experiment_ids.map(experimentNumber))
      return countModelsUpTo(scope, nos, FEW_MODELS + 1) <= FEW_MODELS
    },
  }),
]

function answer(scope: Context['scope'], model: LoggedModelRow): unknown {
  return { model: listModelData(scope, [model]).map(toMessage)[0] }
}

function create(message: Message<typeof CREATE_FIELDS>, context: Context): Promise<unknown> {
  const { scope, access, write } = context
  const { experiment_id, name, model_type, source_run_id } = message
  if (name !== undefined && (name === '' || /[/:.%"']/.test(name)))
    throw invalid(
      `Invalid model name ('${name}') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    )
  return write(() => {
    const experiment = getExperiment(scope, experiment_id)
    checkExperimentActive(experiment)
    const source = source_run_id === undefined ? undefined : findRun(scope, source_run_id)
    if (source !== undefined) access.checkRun(scope, source)
    const model = insertLoggedModel(scope, {
      modelId: `m-${randomBytes(16).toString('hex')}`,
      experiment,
      name: name ?? madeUpName([Math.random(), Math.random(), Math.random()]),
      modelType: model_type ?? null,
      sourceRunId: source_run_id ?? null,
      madeBy: access.madeBy,
      params: lastOfEachKey(keyValues(message.params)),
      tags: lastOfEachKey(keyValues(message.tags)),
    })
    return answer(scope, model)
  })
}

function search(message: Message<typeof SEARCH_FIELDS>, { scope }: ReadContext): unknown {
  const { experiment_ids, filter, datasets, order_by, page_token } = message
  if (datasets.some(({ dataset_name }) => !dataset_name))
    throw invalid('`dataset_name` in the `datasets` clause must be specified.')
  const offset = modelPageOffset(page_token, message)
  const limit = Math.min(message.max_results || DEFAULT_PAGE, MAX_PAGE)
  const rows = searchLoggedModels(scope, {
    experimentNos: findExperimentNos(scope, experiment_ids.map(experimentNumber)),
    clauses: parseFilter(filter, LOGGED_MODEL_GRAMMAR),
    datasets: datasets.map(({ dataset_name = '', dataset_digest }) => ({
      name: dataset_name,
      digest: dataset_digest,
    })),
    order: order_by.map(toOrder),
    limit: limit + 1,
    offset,
  })
  const page = listModelData(scope, rows.slice(0, limit)).map(toMessage)
  const hasMore = rows.length > limit
  return {
    models: nonEmpty(page),
    next_page_token: hasMore ? modelPageToken(offset + limit, message) : undefined,
  }
}

function toOrder(order: Message<typeof ORDER_FIELDS>): ModelOrder {
  const { field_name = '', ascending = true, dataset_name, dataset_digest } = order
  const { type, key } = readIdentifier(
    field_name,
    LOGGED_MODEL_GRAMMAR,
    LOGGED_MODEL_GRAMMAR.orderAttributes,
  )
  if (type !== 'attribute' && type !== 'metric')
    throw invalid(`Invalid order by field name: ${field_name}. Only metrics are supported.`)
  return { type, key, ascending, datasetName: dataset_name, datasetDigest: dataset_digest }
}

function toMessage({ model, params, tags, metrics }: LoggedModelData): unknown {
  const pairs = (list: readonly { key: string; value: string }[]) =>
    nonEmpty(list.map(({ key, value }) => ({ key, value })))
  return {
    info: {
      model_id: model.model_id,
      experiment_id: String(model.experiment_id),
      name: model.name,
      creation_timestamp_ms: model.created_ms,
      last_updated_timestamp_ms: model.updated_ms,
      artifact_uri: model.artifact_location,
      status: model.status,
      model_type: model.model_type ?? undefined,
      source_run_id: model.source_run_id ?? undefined,
      tags: pairs(tags),
    },
    data: {
      params: pairs(params),
      metrics: nonEmpty(metrics.map((metric) => toPoint(metric, model.model_id))),
    },
  }
}

function toPoint(metric: ModelMetricRow, modelId: string): unknown {
  return {
    model_id: modelId,
    key: metric.key,
    value: new RawJson(doubleText(metric.value)),
    timestamp: new RawJson(String(metric.timestamp)),
    step: new RawJson(String(metric.step)),
    dataset_name: metric.dataset_name || undefined,
    dataset_digest: metric.dataset_digest || undefined,
    run_id: metric.run_id,
  }
}
