import { alreadyExists, invalid, MlflowError, notFound } from '../../core/mlflow/errors.ts'
import { experimentNumber } from '../../core/mlflow/limits.ts'
import type { Scope } from './tracking.ts'

export interface ExperimentRow {
  readonly experiment_no: number
  readonly experiment_id: number
  readonly name: string
  readonly artifact_location: string
  readonly lifecycle: string
  readonly created_ms: number
  readonly updated_ms: number
}

export type KeyValue = { readonly key: string; readonly value: string }

/** Gives the new experiment's id. @throws RESOURCE_ALREADY_EXISTS; the name of a deleted one is taken too. */
export function createExperiment(
  scope: Scope,
  experiment: { name: string; artifactLocation?: string | undefined; tags?: readonly KeyValue[] },
): string {
  const { name, artifactLocation, tags = [] } = experiment
  if (findExperimentByName(scope, name) !== undefined)
    throw alreadyExists(`Experiment(name=${name}) already exists.`)
  const { workspace } = scope
  const next = scope.db.get<{ id: number }>(
    'select max(experiment_id) + 1 as id from experiment where workspace_no = :workspace',
    { workspace },
  )
  const id = next?.id ?? 1
  const now = Date.now()
  const location =
    artifactLocation === undefined || artifactLocation === ''
      ? `mlflow-artifacts:/${id}`
      : artifactLocation
  const row = scope.db.get<{ experiment_no: number }>(
    `insert into experiment
       (workspace_no, experiment_id, name, artifact_location, lifecycle, created_ms, updated_ms)
     values (:workspace, :id, :name, :location, 'active', :now, :now) returning experiment_no`,
    { workspace, id, name, location, now },
  )
  for (const { key, value } of tags) putTag(scope, row?.experiment_no ?? 0, key, value)
  return String(id)
}

/** The active or deleted experiment of that id. @throws RESOURCE_DOES_NOT_EXIST */
export function getExperiment(scope: Scope, experimentId: string): ExperimentRow {
  const id = experimentNumber(experimentId)
  const row = scope.db.get<ExperimentRow>(
    'select * from experiment where workspace_no = :workspace and experiment_id = :id',
    { workspace: scope.workspace, id },
  )
  if (row === undefined) throw notFound(`No Experiment with id=${id} exists`)
  return row
}

export function findExperimentByName(scope: Scope, name: string): ExperimentRow | undefined {
  return scope.db.get<ExperimentRow>(
    'select * from experiment where workspace_no = :workspace and name = :name',
    { workspace: scope.workspace, name },
  )
}

/** @throws INVALID_PARAMETER_VALUE when the experiment is deleted. */
export function checkExperimentActive(experiment: ExperimentRow): void {
  if (experiment.lifecycle !== 'active')
    throw invalid(
      `The experiment ${experiment.experiment_id} must be in the 'active' state. Current state is ${experiment.lifecycle}.`,
    )
}

/**
 * Deletes or restores an experiment and its runs, and gives the ids of those that are jobs.
 *
 * @throws RESOURCE_DOES_NOT_EXIST when it is so already.
 */
export function setExperimentLifecycle(
  scope: Scope,
  experimentId: string,
  lifecycle: 'active' | 'deleted',
): string[] {
  const experiment = getExperiment(scope, experimentId)
  if (experiment.lifecycle === lifecycle)
    throw notFound(`No Experiment with id=${experiment.experiment_id} exists`)
  const { experiment_no } = experiment
  const now = Date.now()
  writeLifecycle(scope, experiment, lifecycle)
  const runs = scope.db.all<{ run_no: number; run_id: string; is_job: number }>(
    'select run_no, run_id, is_job from run where experiment_no = :experiment_no and lifecycle <> :lifecycle',
    { experiment_no, lifecycle },
  )
  scope.db.run(
    `update run set lifecycle = :lifecycle, deleted_ms = :deleted
      where experiment_no = :experiment_no and lifecycle <> :lifecycle`,
    { lifecycle, deleted: lifecycle === 'deleted' ? now : null, experiment_no },
  )
  for (const { run_no } of runs) scope.touched(run_no)
  return runs.filter(({ is_job }) => is_job === 1).map(({ run_id }) => run_id)
}

function writeLifecycle(
  scope: Scope,
  { experiment_no }: ExperimentRow,
  lifecycle: 'active' | 'deleted',
): void {
  scope.db.run(
    'update experiment set lifecycle = :lifecycle, updated_ms = :now where experiment_no = :experiment_no',
    { lifecycle, now: Date.now(), experiment_no },
  )
}

export function renameExperiment(scope: Scope, experimentId: string, name: string): void {
  const { experiment_no, lifecycle } = getExperiment(scope, experimentId)
  if (lifecycle !== 'active')
    throw new MlflowError('INVALID_STATE', 'Cannot rename a non-active experiment.')
  const holder = findExperimentByName(scope, name)
  if (holder !== undefined && holder.experiment_no !== experiment_no)
    throw new MlflowError('BAD_REQUEST', `Experiment(name=${name}) already exists.`)
  scope.db.run(
    'update experiment set name = :name, updated_ms = :now where experiment_no = :experiment_no',
    { name, now: Date.now(), experiment_no },
  )
}

export function setExperimentTag(scope: Scope, experimentId: string, tag: KeyValue): void {
  const experiment = getExperiment(scope, experimentId)
  checkExperimentActive(experiment)
  putTag(scope, experiment.experiment_no, tag.key, tag.value)
}

export function deleteExperimentTag(scope: Scope, experimentId: string, key: string): void {
  const experiment = getExperiment(scope, experimentId)
  checkExperimentActive(experiment)
  const changed = scope.db.run(
    'delete from experiment_tag where experiment_no = :experiment_no and key = :key',
    { experiment_no: experiment.experiment_no, key },
  )
  if (changed === 0)
    throw notFound(`No tag with name: ${key} in experiment with id ${experimentId}`)
}

/** Tags of these experiments, by experiment number, in the order of their keys. */
export function listExperimentTags(
  scope: Scope,
  experimentNos: readonly number[],
): ReadonlyMap<number, readonly KeyValue[]> {
  const rows = scope.db.all<KeyValue & { experiment_no: number }>(
    `select experiment_no, key, value from experiment_tag
      where experiment_no in (select value from json_each(:nos)) order by experiment_no, key`,
    { nos: JSON.stringify(experimentNos) },
  )
  return Map.groupBy(rows, (row) => row.experiment_no)
}

/**
 * The experiment of that name, created when new and brought back, without its runs, when it was deleted: jobs name their
 * experiments.
 */
export function ensureExperiment(scope: Scope, name: string): ExperimentRow {
  const found = findExperimentByName(scope, name)
  if (found === undefined) return getExperiment(scope, createExperiment(scope, { name }))
  if (found.lifecycle === 'active') return found
  writeLifecycle(scope, found, 'active')
  return { ...found, lifecycle: 'active' }
}

function putTag(scope: Scope, experimentNo: number, key: string, value: string): void {
  scope.db.run(
    `insert into experiment_tag (experiment_no, key, value) values (:experimentNo, :key, :value)
     on conflict do update set value = excluded.value`,
    { experimentNo, key, value },
  )
}

/** Numbers of the experiments with these ids; unknown ids are passed over. */
export function findExperimentNos(scope: Scope, ids: readonly number[]): number[] {
  if (ids.length === 0) return []
  const rows = scope.db.all<{ experiment_no: number }>(
    `select experiment_no from experiment where workspace_no = :workspace
      and experiment_id in (select value from json_each(:ids))`,
    { workspace: scope.workspace, ids: JSON.stringify(ids) },
  )
  return rows.map((row) => row.experiment_no)
}
