import { readFileSync } from 'node:fs'
import path from 'node:path'
import { TRIAL_PARAMETERS } from '../../core/plan/plan-trials.ts'
import { bestOf, type Goal, isWorse } from '../../core/sweep/policy.ts'
import { reportsOf } from '../../engine/sweep/trial-metrics.ts'
import { getJob, type JobRow, listJobs } from '../../store/jobs.ts'
import type { Services } from '../services.ts'

/** What `job show` adds to the entity of a job that is or was at work: trials of a sweep, progress of a parallel job. */
export function liveParts(services: Services, job: JobRow): Record<string, unknown> {
  if (job.type === 'sweep') return sweepParts(services, job)
  if (job.type === 'parallel') return { progress: readProgress(services, job) }
  return {}
}

/** The best trial of a sweep, or undefined while none has completed with a value. */
export function bestTrialOf(services: Services, sweep: JobRow): JobRow | undefined {
  const { best_trial: name } = sweepParts(services, sweep)
  return typeof name === 'string' ? getJob(services.db, name) : undefined
}

interface TrialView {
  readonly name: string
  readonly status: string
  readonly parameters: unknown
  /** Best value of the primary metric that it has reported. */
  readonly best: number | null
  readonly reason?: string
}

function sweepParts(services: Services, job: JobRow): Record<string, unknown> {
  const objective = job.entity['objective'] as { goal: Goal; primary_metric: string }
  const parent = job.reusedFrom ?? job.name
  const trials = listJobs(services.db, { parent, archived: 'all' }).map((trial) =>
    toTrialView(services, trial, objective),
  )
  const best = bestTrial(trials, objective.goal)
  return { trials, best_trial: best?.name, best_metric: best?.best ?? undefined }
}

function toTrialView(
  { db, metrics }: Services,
  trial: JobRow,
  { goal, primary_metric }: { goal: Goal; primary_metric: string },
): TrialView {
  const { name, status, properties, reason } = trial
  const { reports } = reportsOf(db, metrics, { trial, metric: primary_metric })
  return {
    name,
    status,
    parameters: JSON.parse(properties[TRIAL_PARAMETERS] ?? '{}'),
    best: bestOf(reports, goal) ?? null,
    ...(reason === null ? {} : { reason }),
  }
}

/** As the sweep itself chooses: see `decideSweep`. */
function bestTrial(trials: readonly TrialView[], goal: Goal): TrialView | undefined {
  return trials
    .filter(({ status, best }) => status === 'Completed' && best !== null)
    .reduce<TrialView | undefined>(
      (leader, trial) =>
        leader === undefined || isWorse(leader.best ?? Number.NaN, trial.best ?? Number.NaN, goal)
          ? trial
          : leader,
      undefined,
    )
}

/** Written by the driver a few times a minute, by rename. */
function readProgress({ runs }: Services, { attempt }: JobRow): unknown {
  if (attempt === null) return undefined
  const file = path.join(runs, attempt, 'parallel', 'state', 'progress.json')
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
