import { appendToUri } from '../../core/mlflow/artifact-path.ts'
import { invalid, notFound } from '../../core/mlflow/errors.ts'
import { exactColumn } from './exact-column.ts'
import type { ExperimentRow, KeyValue } from './experiments.ts'
import type { Scope } from './tracking.ts'

export interface RunRow {
  readonly run_no: number
  readonly run_id: string
  readonly experiment_no: number
  /** The experiment's id in its workspace. */
  readonly experiment_id: number
  readonly run_name: string
  readonly user_id: string
  readonly status: string
  /** Milliseconds since 1970 UTC, if the client says so; beyond 2^53 as text. */
  readonly start_time: number | string | null
  readonly end_time: number | string | null
  readonly lifecycle: string
  readonly artifact_uri: string
  /** 1 when the run is a job: then its status is the job's. */
  readonly is_job: number
  /** Top of the job tree whose process made the run; null when the owner did, or it is a job. */
  readonly made_by: string | null
}

export const RUN_COLUMNS = `run.run_no, run.run_id, run.experiment_no, experiment.experiment_id, run.run_name,
  run.user_id, run.status, ${exactColumn('start_time')}, ${exactColumn('end_time')}, run.lifecycle,
  run.artifact_uri, run.is_job, run.made_by`

const SELECT_RUN = `select ${RUN_COLUMNS} from run join experiment using (experiment_no)
  where run.workspace_no = :workspace and run_id = :runId`

export const RUN_NAME_TAG = 'mlflow.runName'

export interface NewRun {
  readonly runId: string
  readonly experiment: ExperimentRow
  readonly runName: string
  readonly userId: string
  readonly status: string
  readonly startTime: number | bigint | null
  readonly endTime?: number | bigint | null
  readonly isJob?: boolean
  /** Top of the job tree whose process makes it; null when the owner does. */
  readonly madeBy?: string | null
  readonly tags: readonly KeyValue[]
}

/** Inserts a run. Its files live under the experiment's artifact location. */
export function insertRun(scope: Scope, run: NewRun): RunRow {
  const { experiment, isJob = false, tags, endTime = null, madeBy = null, ...values } = run
  scope.db.run(
    `insert into run (workspace_no, run_id, experiment_no, run_name, user_id, status, start_time,
       end_time, lifecycle, artifact_uri, is_job, made_by)
     values (:workspace, :runId, :experimentNo, :runName, :userId, :status, :startTime,
       :endTime, 'active', :artifactUri, :isJob, :madeBy)`,
    {
      ...values,
      endTime,
      madeBy,
      workspace: scope.workspace,
      experimentNo: experiment.experiment_no,
      artifactUri: appendToUri(experiment.artifact_location, `${run.runId}/artifacts`),
      isJob: isJob ? 1 : 0,
    },
  )
  const row = getRun(scope, run.runId)
  for (const { key, value } of tags) putRunTag(scope, row, key, value)
  return row
}

export function findRun(scope: Scope, runId: string): RunRow | undefined {
  return scope.db.get<RunRow>(SELECT_RUN, { workspace: scope.workspace, runId })
}

/** @throws RESOURCE_DOES_NOT_EXIST */
export function getRun(scope: Scope, runId: string): RunRow {
  const row = findRun(scope, runId)
  if (row === undefined) throw notFound(`Run with id=${runId} not found`)
  return row
}

/** A run that may be written to. @throws INVALID_PARAMETER_VALUE when it is deleted. */
export function getActiveRun(scope: Scope, runId: string): RunRow {
  const row = getRun(scope, runId)
  if (row.lifecycle !== 'active')
    throw invalid(
      `The run ${runId} must be in the 'active' state. Current state is ${row.lifecycle}.`,
    )
  return row
}

export interface RunChanges {
  readonly status?: string | undefined
  readonly endTime?: number | bigint | undefined
  readonly runName?: string | undefined
}

/** Changes what is given; a new name becomes the tag `mlflow.runName` too. */
export function updateRun(scope: Scope, run: RunRow, changes: RunChanges): RunRow {
  const { status, endTime, runName } = changes
  scope.db.run(
    `update run set status = coalesce(:status, status), end_time = coalesce(:endTime, end_time),
       run_name = coalesce(:runName, run_name) where run_no = :runNo`,
    {
      status: status ?? null,
      endTime: endTime ?? null,
      runName: runName || null,
      runNo: run.run_no,
    },
  )
  if (runName) putRunTag(scope, run, RUN_NAME_TAG, runName)
  scope.touched(run.run_no)
  return getRun(scope, run.run_id)
}

export function setRunLifecycle(scope: Scope, run: RunRow, lifecycle: 'active' | 'deleted'): void {
  scope.db.run('update run set lifecycle = :lifecycle, deleted_ms = :at where run_no = :runNo', {
    lifecycle,
    at: lifecycle === 'deleted' ? Date.now() : null,
    runNo: run.run_no,
  })
  scope.touched(run.run_no)
}

/** Sets a tag; `mlflow.runName` is the run's name as well. */
export function putRunTag(scope: Scope, run: RunRow, key: string, value: string): void {
  if (key === RUN_NAME_TAG && value !== run.run_name)
    scope.db.run('update run set run_name = :value where run_no = :runNo', {
      value,
      runNo: run.run_no,
    })
  scope.db.run(
    `insert into tag (run_no, key, value, experiment_no) values (:runNo, :key, :value, :experimentNo)
     on conflict do update set value = excluded.value`,
    { runNo: run.run_no, key, value, experimentNo: run.experiment_no },
  )
  scope.touched(run.run_no)
}

/** @throws RESOURCE_DOES_NOT_EXIST when the run has no such tag. */
export function deleteRunTag(scope: Scope, run: RunRow, key: string): void {
  const changed = scope.db.run('delete from tag where run_no = :runNo and key = :key', {
    runNo: run.run_no,
    key,
  })
  if (changed === 0) throw notFound(`No tag with name: ${key} in run with id ${run.run_id}`)
  scope.touched(run.run_no)
}

export function getRunTag(scope: Scope, run: RunRow, key: string): string | undefined {
  return scope.db.get<{ value: string }>(
    'select value from tag where run_no = :runNo and key = :key',
    { runNo: run.run_no, key },
  )?.value
}

/**
 * Stores params, which are written once: the same value again changes nothing.
 *
 * @throws INVALID_PARAMETER_VALUE naming every param that has another value already; then nothing is stored.
 */
export function logParams(
  scope: Scope,
  run: RunRow,
  params: readonly KeyValue[],
  isBatch = true,
): void {
  const changed: { key: string; old: string; value: string }[] = []
  const added: KeyValue[] = []
  for (const { key, value } of params) {
    const row = scope.db.get<{ value: string }>(
      'select value from param where run_no = :runNo and key = :key',
      { runNo: run.run_no, key },
    )
    if (row === undefined) added.push({ key, value })
    else if (row.value !== value) changed.push({ key, old: row.value, value })
  }
  if (changed.length > 0) throw changedParams(run, changed, isBatch)
  for (const { key, value } of added)
    scope.db.run(
      `insert into param (run_no, key, value, experiment_no)
       values (:runNo, :key, :value, :experimentNo)`,
      { runNo: run.run_no, key, value, experimentNo: run.experiment_no },
    )
  if (added.length > 0) scope.touched(run.run_no)
}

function changedParams(
  run: RunRow,
  changed: readonly { key: string; old: string; value: string }[],
  isBatch: boolean,
): Error {
  const [first] = changed
  if (!isBatch && first !== undefined)
    return invalid(
      `Changing param values is not allowed. Param with key='${first.key}' was already logged with value='${first.old}' for run ID='${run.run_id}'. Attempted logging new value '${first.value}'.`,
    )
  const shown = changed.map(
    ({ key, old, value }) => `{'key': '${key}', 'old_value': '${old}', 'new_value': '${value}'}`,
  )
  return invalid(
    `Changing param values is not allowed. Params were already logged='[${shown.join(', ')}]' for run ID='${run.run_id}'.`,
  )
}
