import { invalid } from '../../core/mlflow/errors.ts'
import { INT, KEY_VALUES, RUN_ID, TEXT, TEXTS } from '../../core/mlflow/fields.ts'
import { checkRunId, experimentNumber, lengthOf } from '../../core/mlflow/limits.ts'
import type { Fields, Message } from '../../core/mlflow/message.ts'
import {
  listDatasetSummaries,
  logDatasets,
  logModelInputs,
  logModelOutputs,
} from '../../store/tracking/datasets.ts'
import { findExperimentNos } from '../../store/tracking/experiments.ts'
import type { DatasetInput } from '../../store/tracking/run-data.ts'
import { type Context, type JsonRoute, jsonRoute, writableRun } from './context.ts'
import { keyValues, lastOfEachKey } from './key-values.ts'
import { nonEmpty } from './pages.ts'

const MAX_SEARCHED_EXPERIMENTS = 20

const DATASET_FIELDS = {
  name: TEXT,
  digest: TEXT,
  source_type: TEXT,
  source: TEXT,
  schema: TEXT,
  profile: TEXT,
} as const satisfies Fields

const INPUT_FIELDS = {
  tags: KEY_VALUES,
  dataset: { type: 'object', fields: DATASET_FIELDS },
} as const satisfies Fields

const LOG_INPUTS_FIELDS = {
  run_id: RUN_ID,
  datasets: { type: 'object', many: true, fields: INPUT_FIELDS },
  models: { type: 'object', many: true, fields: { model_id: TEXT } },
} as const

const OUTPUTS_FIELDS = {
  run_id: RUN_ID,
  models: { type: 'object', many: true, required: true, fields: { model_id: TEXT, step: INT } },
} as const

export const INPUT_ROUTES: readonly JsonRoute[] = [
  jsonRoute('POST mlflow/runs/log-inputs', LOG_INPUTS_FIELDS, logInputs),
  jsonRoute('POST mlflow/runs/outputs', OUTPUTS_FIELDS, ({ run_id, models }, context) => {
    const outputs = models.map(({ model_id = '', step = 0 }) => ({ modelId: model_id, step }))
    return context.write(() =>
      logModelOutputs(context.scope, writableRun(context, run_id), outputs),
    )
  }),
  jsonRoute(
    'POST mlflow/experiments/search-datasets',
    { experiment_ids: TEXTS },
    ({ experiment_ids }, { scope }) => {
      if (experiment_ids.length === 0)
        throw invalid('SearchDatasets request must specify at least one experiment_id.')
      if (experiment_ids.length > MAX_SEARCHED_EXPERIMENTS)
        throw invalid(
          `SearchDatasets request cannot specify more than ${MAX_SEARCHED_EXPERIMENTS} experiment_ids. Received ${experiment_ids.length} experiment_ids.`,
        )
      const experimentNos = findExperimentNos(scope, experiment_ids.map(experimentNumber))
      const summaries = listDatasetSummaries(scope, experimentNos).map((row) => ({
        experiment_id: String(row.experiment_id),
        name: row.name,
        digest: row.digest,
        context: row.context ?? undefined,
      }))
      return { dataset_summaries: nonEmpty(summaries) }
    },
  ),
]

async function logInputs(
  message: Message<typeof LOG_INPUTS_FIELDS>,
  context: Context,
): Promise<void> {
  const { run_id, datasets, models } = message
  checkRunId(run_id)
  const inputs = datasets.map(toInput)
  const { scope } = context
  await context.write(() => {
    const run = writableRun(context, run_id)
    if (inputs.length > 0) logDatasets(scope, run, inputs)
    const modelIds = models.map(({ model_id = '' }) => model_id)
    if (modelIds.length > 0) logModelInputs(scope, run, modelIds)
  })
}

const LIMITS = {
  name: 500,
  digest: 36,
  source: 65_535,
  schema: 1_048_575,
  profile: 16_777_215,
} as const

function toInput({ dataset, tags }: Message<typeof INPUT_FIELDS>): DatasetInput {
  if (dataset === undefined) throw invalid('Dataset input must have a dataset associated with it.')
  for (const [field, limit] of Object.entries(LIMITS))
    checkLength(field, dataset[field as keyof typeof LIMITS] ?? '', limit)
  const { name = '', digest = '', source_type = '', source = '' } = dataset
  const pairs = lastOfEachKey(keyValues(tags))
  for (const { key, value } of pairs) {
    checkLength('key', key, 255)
    checkLength('value', value, 500)
  }
  return {
    name,
    digest,
    source_type,
    source,
    schema: dataset.schema ?? null,
    profile: dataset.profile ?? null,
    tags: pairs,
  }
}

function checkLength(field: string, text: string, limit: number): void {
  if (lengthOf(text) > limit)
    throw invalid(`'${field}' exceeds the maximum length of ${limit} characters`)
}
