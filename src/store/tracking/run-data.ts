import type { KeyValue } from './experiments.ts'
import { type LatestRow, listLatestMetrics } from './metrics.ts'
import { RUN_COLUMNS, type RunRow } from './runs.ts'
import type { Scope } from './tracking.ts'

interface DatasetRow {
  readonly name: string
  readonly digest: string
  readonly source_type: string
  readonly source: string
  readonly schema: string | null
  readonly profile: string | null
}

export interface DatasetInput extends DatasetRow {
  readonly tags: readonly KeyValue[]
}

/** Everything about one run that its message shows. */
export interface RunData {
  readonly run: RunRow
  readonly metrics: readonly LatestRow[]
  readonly params: readonly KeyValue[]
  readonly tags: readonly KeyValue[]
  readonly datasets: readonly DatasetInput[]
  readonly modelInputs: readonly string[]
  readonly modelOutputs: readonly { readonly model_id: string; readonly step: number }[]
}

type OfRun<T> = T & { readonly run_no: number }

/** The data of these runs, in the order asked; one query a table. */
export function listRunData(scope: Scope, runNos: readonly number[]): RunData[] {
  const nos = JSON.stringify(runNos)
  const all = <T>(sql: string): ReadonlyMap<number, OfRun<T>[]> =>
    Map.groupBy(scope.db.all<OfRun<T>>(sql, { nos }), (row) => row.run_no)
  const inRuns = 'run_no in (select value from json_each(:nos))'
  const runs = all<RunRow>(
    `select ${RUN_COLUMNS} from run join experiment using (experiment_no) where ${inRuns}`,
  )
  const metrics = Map.groupBy(listLatestMetrics(scope, runNos), (row) => row.run_no)
  const params = all<KeyValue>(
    `select run_no, key, value from param where ${inRuns} order by run_no, key`,
  )
  const tags = all<KeyValue>(
    `select run_no, key, value from tag where ${inRuns} order by run_no, key`,
  )
  const datasets = listDatasetInputs(scope, nos)
  const modelInputs = all<{ model_id: string }>(
    `select run_no, model_id from model_input where ${inRuns} order by run_no, model_id`,
  )
  const modelOutputs = all<{ model_id: string; step: number }>(
    `select run_no, model_id, step from model_output where ${inRuns} order by output_no`,
  )
  return runNos.flatMap((runNo) => {
    const run = runs.get(runNo)?.[0]
    if (run === undefined) return []
    return {
      run,
      metrics: metrics.get(runNo) ?? [],
      params: params.get(runNo) ?? [],
      tags: tags.get(runNo) ?? [],
      datasets: datasets.get(runNo) ?? [],
      modelInputs: (modelInputs.get(runNo) ?? []).map((row) => row.model_id),
      modelOutputs: modelOutputs.get(runNo) ?? [],
    }
  })
}

function listDatasetInputs(
  scope: Scope,
  nos: string,
): ReadonlyMap<number, readonly DatasetInput[]> {
  const inRuns = 'run_no in (select value from json_each(:nos))'
  const rows = scope.db.all<OfRun<DatasetRow & { dataset_no: number }>>(
    `select run_no, dataset_no, name, digest, source_type, source, schema, profile
       from run_input join dataset using (dataset_no) where ${inRuns} order by run_no, dataset_no`,
    { nos },
  )
  if (rows.length === 0) return new Map()
  const tags = Map.groupBy(
    scope.db.all<OfRun<KeyValue & { dataset_no: number }>>(
      `select run_no, dataset_no, key, value from run_input_tag where ${inRuns}
        order by run_no, dataset_no, key`,
      { nos },
    ),
    (row) => `${row.run_no} ${row.dataset_no}`,
  )
  const inputs = rows.map((row) => ({
    ...row,
    tags: tags.get(`${row.run_no} ${row.dataset_no}`) ?? [],
  }))
  return Map.groupBy(inputs, (input) => input.run_no)
}

/** Numbers of the runs of these ids, for those that exist. */
export function findRunNos(scope: Scope, runIds: readonly string[]): ReadonlyMap<string, number> {
  const rows = scope.db.all<{ run_id: string; run_no: number }>(
    `select run_id, run_no from run where workspace_no = :workspace
      and run_id in (select value from json_each(:ids))`,
    { workspace: scope.workspace, ids: JSON.stringify(runIds) },
  )
  return new Map(rows.map((row) => [row.run_id, row.run_no]))
}
