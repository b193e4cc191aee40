import type { Db } from '../../store/db.ts'
import { type JobRow, listDescendants } from '../../store/jobs.ts'

/** What a run has logged, as a sweep needs it. Reads must be quick: they happen on the engine's thread. */
export interface TrialMetrics {
  /** Every value of one metric, by the time at which it was logged. */
  pointsOf(job: string, metric: string): readonly MetricPoint[]
  namesOf(job: string): readonly string[]
}

interface MetricPoint {
  readonly atMs: number
  readonly value: number
}

export interface TrialReports {
  readonly reports: readonly number[]
  /** Of all metrics. */
  readonly names: readonly string[]
}

/** What a trial has reported: its own values or, when it is a pipeline, those of all steps inside it by their time. */
export function reportsOf(
  db: Db,
  metrics: TrialMetrics,
  { trial, metric }: { readonly trial: Pick<JobRow, 'name' | 'type'>; readonly metric: string },
): TrialReports {
  const inside = trial.type === 'pipeline' ? listDescendants(db, trial.name) : []
  const jobs = [trial.name, ...inside.map(({ name }) => name)]
  const points = jobs.flatMap((job) => metrics.pointsOf(job, metric))
  const inOrder = jobs.length === 1 ? points : points.toSorted((a, b) => a.atMs - b.atMs)
  return {
    reports: inOrder.map(({ value }) => value),
    names: [...new Set(jobs.flatMap((job) => metrics.namesOf(job)))],
  }
}
