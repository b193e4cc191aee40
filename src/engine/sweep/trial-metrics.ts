import type { Db } from '../../store/db.ts'
import { type JobRow, listDescendants } from '../../store/jobs.ts'

/** What a run has logged, as a sweep needs it. Reads must be quick: they happen on the engine's thread. */
export interface TrialMetrics {
  /** Every value of one metric, in the order in which it was logged. */
  valuesOf(job: string, metric: string): readonly number[]
  namesOf(job: string): readonly string[]
}

/** What a trial has reported: its own values or, when it is a pipeline, those of the steps inside it. */
export function reportsOf(
  db: Db,
  metrics: TrialMetrics,
  { trial, metric }: { readonly trial: JobRow; readonly metric: string },
): { readonly reports: number[]; readonly names: string[] } {
  const inside = trial.type === 'pipeline' ? listDescendants(db, trial.name) : []
  const jobs = [trial.name, ...inside.map(({ name }) => name)]
  return {
    reports: jobs.flatMap((job) => metrics.valuesOf(job, metric)),
    names: [...new Set(jobs.flatMap((job) => metrics.namesOf(job)))],
  }
}
