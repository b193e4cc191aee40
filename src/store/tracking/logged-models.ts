import { appendToUri } from '../../core/mlflow/artifact-path.ts'
import { notFound } from '../../core/mlflow/errors.ts'
import type { Clause } from '../../core/mlflow/search/filter.ts'
import { exactColumn } from './exact-column.ts'
import type { ExperimentRow, KeyValue } from './experiments.ts'
import { finite, type MetricPoint } from './metrics.ts'
import { among, textCondition } from './search-runs.ts'
import { SqlText } from './sql-text.ts'
import type { Scope } from './tracking.ts'

export interface LoggedModelRow {
  readonly model_no: number
  readonly model_id: string
  readonly experiment_no: number
  readonly experiment_id: number
  readonly name: string
  readonly artifact_location: string
  readonly created_ms: number
  readonly updated_ms: number
  readonly status: string
  readonly model_type: string | null
  readonly source_run_id: string | null
  readonly lifecycle: string
  /** Top of the job tree whose process made the model; null when the owner did. */
  readonly made_by: string | null
}

const SELECT_MODEL = `select logged_model.*, experiment.experiment_id
  from logged_model join experiment using (experiment_no)`

export interface NewLoggedModel {
  readonly modelId: string
  readonly experiment: ExperimentRow
  readonly name: string
  readonly modelType: string | null
  readonly sourceRunId: string | null
  /** Top of the job tree whose process makes it; null when the owner does. */
  readonly madeBy: string | null
  readonly params: readonly KeyValue[]
  readonly tags: readonly KeyValue[]
}

/** A new model, pending until its files are there. */
export function insertLoggedModel(scope: Scope, model: NewLoggedModel): LoggedModelRow {
  const { modelId, experiment, name, modelType, sourceRunId, madeBy, params, tags } = model
  scope.db.run(
    `insert into logged_model (workspace_no, model_id, experiment_no, name, artifact_location,
       created_ms, updated_ms, status, model_type, source_run_id, lifecycle, made_by)
     values (:workspace, :modelId, :experimentNo, :name, :location, :now, :now,
       'LOGGED_MODEL_PENDING', :modelType, :sourceRunId, 'active', :madeBy)`,
    {
      workspace: scope.workspace,
      modelId,
      experimentNo: experiment.experiment_no,
      name,
      location: appendToUri(experiment.artifact_location, `models/${modelId}/artifacts`),
      now: Date.now(),
      modelType,
      sourceRunId,
      madeBy,
    },
  )
  const row = getLoggedModel(scope, modelId)
  logModelParams(scope, row, params)
  setModelTags(scope, row, tags)
  return row
}

/** The model of that id, deleted or not. */
export function findLoggedModel(scope: Scope, modelId: string): LoggedModelRow | undefined {
  return scope.db.get<LoggedModelRow>(
    `${SELECT_MODEL} where logged_model.workspace_no = :workspace and model_id = :modelId`,
    { workspace: scope.workspace, modelId },
  )
}

/** @throws RESOURCE_DOES_NOT_EXIST for unknown and, unless asked for, deleted models. */
export function getLoggedModel(
  scope: Scope,
  modelId: string,
  { allowDeleted = false } = {},
): LoggedModelRow {
  const row = findLoggedModel(scope, modelId)
  if (row === undefined || (row.lifecycle === 'deleted' && !allowDeleted))
    throw notFound(`Logged model with ID '${modelId}' not found.`)
  return row
}

export function updateLoggedModel(
  scope: Scope,
  model: LoggedModelRow,
  changes: { status?: string; lifecycle?: string },
): void {
  scope.db.run(
    `update logged_model set status = coalesce(:status, status),
       lifecycle = coalesce(:lifecycle, lifecycle), updated_ms = :now where model_no = :modelNo`,
    {
      status: changes.status ?? null,
      lifecycle: changes.lifecycle ?? null,
      now: Date.now(),
      modelNo: model.model_no,
    },
  )
}

export function setModelTags(scope: Scope, model: LoggedModelRow, tags: readonly KeyValue[]): void {
  for (const { key, value } of tags)
    scope.db.run(
      `insert into logged_model_tag (model_no, key, value) values (:modelNo, :key, :value)
       on conflict do update set value = excluded.value`,
      { modelNo: model.model_no, key, value },
    )
}

export function deleteModelTag(scope: Scope, model: LoggedModelRow, key: string): void {
  const changed = scope.db.run(
    'delete from logged_model_tag where model_no = :modelNo and key = :key',
    { modelNo: model.model_no, key },
  )
  if (changed === 0)
    throw notFound(`No tag with key '${key}' found for model with ID '${model.model_id}'.`)
}

export function logModelParams(
  scope: Scope,
  model: LoggedModelRow,
  params: readonly KeyValue[],
): void {
  for (const { key, value } of params)
    scope.db.run(
      `insert into logged_model_param (model_no, key, value) values (:modelNo, :key, :value)
       on conflict do update set value = excluded.value`,
      { modelNo: model.model_no, key, value },
    )
}

export interface ModelPoint extends MetricPoint {
  readonly modelId: string
  readonly datasetName: string
  readonly datasetDigest: string
}

/** Puts points of a run on the models they name as well. Models that are not there are passed over. */
export function logModelMetrics(scope: Scope, runId: string, points: readonly ModelPoint[]): void {
  for (const point of points) {
    const { modelId, key, timestamp, step, value, datasetName, datasetDigest } = point
    scope.db.run(
      `insert or ignore into logged_model_metric
         (model_no, key, timestamp, step, run_id, value, dataset_name, dataset_digest)
       select model_no, :key, :timestamp, :step, :runId, :value, :datasetName, :datasetDigest
         from logged_model where workspace_no = :workspace and model_id = :modelId`,
      {
        workspace: scope.workspace,
        modelId,
        key,
        timestamp,
        step,
        runId,
        value: Number.isNaN(value) ? 0 : finite(value),
        datasetName,
        datasetDigest,
      },
    )
  }
}

export interface ModelMetricRow {
  readonly model_no: number
  readonly key: string
  readonly value: number
  readonly timestamp: number | string
  readonly step: number | string
  readonly run_id: string
  readonly dataset_name: string
  readonly dataset_digest: string
}

export interface LoggedModelData {
  readonly model: LoggedModelRow
  readonly params: readonly KeyValue[]
  readonly tags: readonly KeyValue[]
  readonly metrics: readonly ModelMetricRow[]
}

/** Models with all their data, in the order given. */
export function listModelData(scope: Scope, models: readonly LoggedModelRow[]): LoggedModelData[] {
  const nos = JSON.stringify(models.map((model) => model.model_no))
  const byModel = <T extends { model_no: number }>(sql: string) =>
    Map.groupBy(scope.db.all<T>(sql, { nos }), (row) => row.model_no)
  const inModels = 'model_no in (select value from json_each(:nos)) order by model_no, key'
  type Entry = KeyValue & { model_no: number }
  const params = byModel<Entry>(`select * from logged_model_param where ${inModels}`)
  const tags = byModel<Entry>(`select * from logged_model_tag where ${inModels}`)
  const metrics = byModel<ModelMetricRow>(
    `select model_no, key, value, ${exactColumn('timestamp')}, ${exactColumn('step')}, run_id,
       dataset_name, dataset_digest from logged_model_metric where ${inModels}`,
  )
  return models.map((model) => ({
    model,
    params: params.get(model.model_no) ?? [],
    tags: tags.get(model.model_no) ?? [],
    metrics: metrics.get(model.model_no) ?? [],
  }))
}

export interface ModelOrder {
  readonly type: string
  readonly key: string
  readonly ascending: boolean
  readonly datasetName?: string | undefined
  readonly datasetDigest?: string | undefined
}

export interface ModelSearch {
  readonly experimentNos: readonly number[]
  readonly clauses: readonly Clause[]
  readonly datasets: readonly { readonly name: string; readonly digest?: string | undefined }[]
  readonly order: readonly ModelOrder[]
  readonly limit: number
  readonly offset: number
}

const COLUMNS: Readonly<Record<string, string>> = {
  model_id: 'logged_model.model_id',
  name: 'logged_model.name',
  model_type: 'model_type',
  status: 'status',
  source_run_id: 'source_run_id',
  experiment_id: 'experiment.experiment_id',
  artifact_location: 'logged_model.artifact_location',
  creation_timestamp: 'logged_model.created_ms',
  last_updated_timestamp: 'logged_model.updated_ms',
}

/** Active models that match, in order, at most `limit`; the newest first unless an order is given. */
export function searchLoggedModels(scope: Scope, search: ModelSearch): LoggedModelRow[] {
  const sql = new SqlText()
  const terms = search.order.flatMap((key) => orderTerms(sql, key))
  if (!search.order.some(({ key }) => key === 'creation_timestamp'))
    terms.push('logged_model.created_ms desc', 'logged_model.model_no desc')
  terms.push('model_id')
  const conditions = [
    among(sql, 'logged_model.experiment_no', search.experimentNos),
    `logged_model.lifecycle <> 'deleted'`,
    ...search.clauses.map((clause) => condition(sql, clause, search)),
  ]
  if (search.datasets.length > 0 && !search.clauses.some(({ type }) => type === 'metric'))
    conditions.push(metricExists(onDatasets(sql, search)))
  sql.add(`${SELECT_MODEL} where ${conditions.join(' and ')} order by ${terms.join(', ')}
    limit ${sql.bind(search.limit)} offset ${sql.bind(search.offset)}`)
  return scope.db.all<LoggedModelRow>(sql.text, sql.params)
}

/** How many models these experiments have, deleted ones too; counting stops at `limit`. */
export function countModelsUpTo(
  scope: Scope,
  experimentNos: readonly number[],
  limit: number,
): number {
  const sql = new SqlText()
  sql.add(`select count(*) as count from (select 1 from logged_model
    where ${among(sql, 'experiment_no', experimentNos)} limit ${sql.bind(limit)})`)
  return scope.db.get<{ count: number }>(sql.text, sql.params)?.count ?? 0
}

function metricExists(holds: string): string {
  return `exists (select 1 from logged_model_metric m where m.model_no = logged_model.model_no and ${holds})`
}

function onDatasets(sql: SqlText, { datasets }: ModelSearch): string {
  const each = datasets.map(({ name, digest }) => {
    const named = `m.dataset_name = ${sql.bind(name)}`
    return digest === undefined ? named : `(${named} and m.dataset_digest = ${sql.bind(digest)})`
  })
  return each.length === 0 ? '1' : `(${each.join(' or ')})`
}

function condition(sql: SqlText, clause: Clause, search: ModelSearch): string {
  const { type, key, comparator } = clause
  if (type === 'attribute') return textCondition(sql, COLUMNS[key] ?? 'logged_model.name', clause)
  if (type === 'metric')
    return metricExists(`m.key = ${sql.bind(key)} and m.value ${comparator}
      ${sql.bind(Number(clause.value))} and ${onDatasets(sql, search)}`)
  const table = type === 'tag' ? 'logged_model_tag' : 'logged_model_param'
  return `exists (select 1 from ${table} c where c.model_no = logged_model.model_no
    and c.key = ${sql.bind(key)} and ${textCondition(sql, 'c.value', clause)})`
}

/** What is absent comes last both ways; a metric counts with its newest point. */
function orderTerms(sql: SqlText, order: ModelOrder): string[] {
  const way = order.ascending ? 'asc' : 'desc'
  if (order.type !== 'metric') {
    const column = COLUMNS[order.key] ?? 'logged_model.name'
    return [`${column} is null`, `${column} ${way}`]
  }
  const { datasetName, datasetDigest } = order
  const named = datasetName ? `and m.dataset_name = ${sql.bind(datasetName)}` : ''
  const digest = datasetDigest ? `and m.dataset_digest = ${sql.bind(datasetDigest)}` : ''
  const value = `(select m.value from logged_model_metric m
    where m.model_no = logged_model.model_no and m.key = ${sql.bind(order.key)} ${named} ${digest}
    order by m.timestamp desc, m.step desc, m.run_id limit 1)`
  return [`${value} is null`, `${value} ${way}`]
}
