import type { DatasetInput } from './run-data.ts'
import type { RunRow } from './runs.ts'
import type { Scope } from './tracking.ts'

/**
 * Notes which data a run read. A dataset is its name and digest within an experiment; the second time adds nothing,
 * whatever its tags.
 */
export function logDatasets(scope: Scope, run: RunRow, inputs: readonly DatasetInput[]): void {
  for (const { tags, name, digest, source_type, source, schema, profile } of inputs) {
    const id = { experimentNo: run.experiment_no, name, digest }
    scope.db.run(
      `insert or ignore into dataset (experiment_no, name, digest, source_type, source, schema, profile)
       values (:experimentNo, :name, :digest, :source_type, :source, :schema, :profile)`,
      { ...id, source_type, source, schema, profile },
    )
    const dataset = scope.db.get<{ dataset_no: number }>(
      `select dataset_no from dataset
        where experiment_no = :experimentNo and name = :name and digest = :digest`,
      id,
    )
    const input = { runNo: run.run_no, datasetNo: dataset?.dataset_no ?? 0 }
    const added = scope.db.run(
      'insert or ignore into run_input (run_no, dataset_no) values (:runNo, :datasetNo)',
      input,
    )
    if (added === 0) continue
    for (const { key, value } of tags)
      scope.db.run(
        `insert or replace into run_input_tag (run_no, dataset_no, key, value)
         values (:runNo, :datasetNo, :key, :value)`,
        { ...input, key, value },
      )
  }
  scope.touched(run.run_no)
}

export function logModelInputs(scope: Scope, run: RunRow, modelIds: readonly string[]): void {
  for (const modelId of modelIds)
    scope.db.run('insert or ignore into model_input (run_no, model_id) values (:runNo, :modelId)', {
      runNo: run.run_no,
      modelId,
    })
  scope.touched(run.run_no)
}

export function logModelOutputs(
  scope: Scope,
  run: RunRow,
  outputs: readonly { readonly modelId: string; readonly step: number }[],
): void {
  for (const { modelId, step } of outputs)
    scope.db.run(
      'insert into model_output (run_no, model_id, step) values (:runNo, :modelId, :step)',
      { runNo: run.run_no, modelId, step },
    )
  scope.touched(run.run_no)
}

export interface DatasetSummary {
  readonly experiment_id: number
  readonly name: string
  readonly digest: string
  readonly context: string | null
}

/** Datasets that runs of these experiments read, at most 1,000. */
export function listDatasetSummaries(
  scope: Scope,
  experimentNos: readonly number[],
): DatasetSummary[] {
  return scope.db.all<DatasetSummary>(
    `select distinct experiment.experiment_id, dataset.name, dataset.digest, t.value as context
       from dataset join experiment using (experiment_no)
       join run_input using (dataset_no)
       left join run_input_tag t on t.run_no = run_input.run_no
        and t.dataset_no = dataset.dataset_no and t.key = 'mlflow.data.context'
      where dataset.experiment_no in (select value from json_each(:nos)) limit 1000`,
    { nos: JSON.stringify(experimentNos) },
  )
}
