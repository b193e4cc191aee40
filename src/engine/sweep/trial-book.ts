import type { JobStatus } from '../../core/lifecycle/status.ts'
import { isTerminal } from '../../core/lifecycle/status.ts'
import { TRIAL_PARAMETERS } from '../../core/plan/plan-trials.ts'
import type { Trial, TrialStatus } from '../../core/sweep/decide-sweep.ts'
import type { Db } from '../../store/db.ts'
import { listChildStatuses } from '../../store/job-views.ts'
import { getJob, type JobRow } from '../../store/jobs.ts'
import { reportsOf, type TrialMetrics } from './trial-metrics.ts'

/** A trial without what the sweep itself remembers of it. */
export type TrialFacts = Omit<Trial, 'judged' | 'isStopping'>

interface Kept {
  readonly status: JobStatus
  readonly facts: TrialFacts
}

/**
 * Reads a sweep's trials. Those that have ended are read once and kept, for as long as the row still says the
 * same: a sweep of a thousand trials looks at all of them at every report of every one.
 */
export class TrialBook {
  readonly #db: Db
  readonly #metrics: TrialMetrics
  readonly #kept = new Map<string, Map<string, Kept>>()

  constructor(db: Db, metrics: TrialMetrics) {
    this.#db = db
    this.#metrics = metrics
  }

  /** All trials of a sweep, by their number. */
  read(sweep: string, metric: string): TrialFacts[] {
    const kept = this.#kept.get(sweep) ?? new Map<string, Kept>()
    this.#kept.set(sweep, kept)
    const trials = listChildStatuses(this.#db, sweep).flatMap(({ name, status }) => {
      const known = kept.get(name)
      if (known?.status === status) return [known.facts]
      const row = getJob(this.#db, name)
      if (row === undefined) return []
      const facts = this.#factsOf(row, metric)
      if (isTerminal(status)) kept.set(name, { status, facts })
      return [facts]
    })
    return trials.toSorted((a, b) => a.index - b.index)
  }

  forget(sweep: string): void {
    this.#kept.delete(sweep)
  }

  #factsOf(trial: JobRow, metric: string): TrialFacts {
    const { reports, names } = reportsOf(this.#db, this.#metrics, { trial, metric })
    return {
      index: trialNumber(trial.name),
      parameters: JSON.parse(trial.properties[TRIAL_PARAMETERS] ?? '{}'),
      status: trialStatus(trial.status),
      reports,
      metrics: names,
      ...(trial.error && { problem: trial.error.message }),
    }
  }
}

const trialNumber = (name: string) => Number(name.slice(name.lastIndexOf('_') + 1))

function trialStatus(status: JobStatus): TrialStatus {
  if (status === 'Completed') return 'completed'
  if (status === 'Failed') return 'failed'
  return status === 'Canceled' ? 'canceled' : 'running'
}
