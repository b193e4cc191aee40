import { randomInt } from 'node:crypto'
import type { SweepJob, SweepLimits, SweepNode } from '../../core/entity.ts'
import type { JobPlan } from '../../core/plan/job-plan.ts'
import { makeTrial, type TrialTemplate } from '../../core/plan/plan-trials.ts'
import { decideSweep, type SweepEnd, type Trial } from '../../core/sweep/decide-sweep.ts'
import { bestOf } from '../../core/sweep/policy.ts'
import { type SweepSettings, toSweepSettings } from '../../core/sweep/settings.ts'
import type { Db } from '../../store/db.ts'
import { getOutputs } from '../../store/jobs.ts'
import type {
  ControlledJob,
  ControllerActions,
  ControllerOutcome,
  JobController,
} from '../controllers.ts'
import { TrialBook } from './trial-book.ts'
import type { TrialMetrics } from './trial-metrics.ts'

export interface SweepControllerDeps {
  readonly db: Db
  readonly metrics: TrialMetrics
  /** Publishes and registers the sweep's outputs, which are those of its best trial. */
  readonly finishOutputs: (plan: JobPlan, best: string) => ControllerOutcome
}

const SEED = 'seed'
const STOPPING = 'stopping'
const JUDGED = 'judged'

/** Drives sweeps: what to do is `decideSweep`'s to say, from rows and logged metrics alone. */
export function createSweepController(deps: SweepControllerDeps): JobController {
  const book = new TrialBook(deps.db, deps.metrics)
  const advance = (job: ControlledJob, actions: ControllerActions, isCanceled = false) =>
    carryOut(deps, job, { book, actions, isCanceled })
  return {
    type: 'sweep',
    start: (job, actions) => {
      actions.writeState(SEED, String(randomInt(2 ** 31)))
      advance(job, actions)
    },
    resume: (job, actions) => advance(job, actions),
    onChildEnded: (job, _child, actions) => advance(job, actions),
    onMetrics: (job, _child, actions) => advance(job, actions),
    onTick: (job, actions) => advance(job, actions),
    onCancel: (job, actions) => advance(job, actions, true),
  }
}

interface Call {
  readonly book: TrialBook
  readonly actions: ControllerActions
  readonly isCanceled: boolean
}

function carryOut(deps: SweepControllerDeps, job: ControlledJob, call: Call): void {
  const { book, actions, isCanceled } = call
  const settings = settingsOf(job.plan, Number(actions.readState(SEED) ?? 0))
  const trials = trialsOf(book, job, { actions, metric: settings.primaryMetric })
  const decision = decideSweep({
    settings,
    trials,
    startedMs: job.row.startedMs ?? actions.atMs,
    nowMs: actions.atMs,
    isCanceled,
  })
  for (const { index, reason } of decision.stop) {
    actions.writeState(`${STOPPING}:${index}`, reason)
    actions.cancelChild(trialName(job, index), reason)
  }
  for (const { index, reports } of decision.judged)
    actions.writeState(`${JUDGED}:${index}`, String(reports))
  const template = templateOf(job.plan)
  for (const start of decision.start) actions.createChildren(makeTrial(template, start))
  if (decision.hasMore) actions.askAgain()
  if (decision.finish === undefined) {
    actions.setReason(progressOf(trials, settings))
    return
  }
  actions.finish(outcomeOf(deps, job.plan, decision.finish))
  book.forget(job.row.name)
}

const trialName = ({ row }: Pick<ControlledJob, 'row'>, index: number) => `${row.name}_${index}`

function settingsOf({ controlled }: JobPlan, seed: number): SweepSettings {
  const node = controlled?.['node'] as SweepJob | SweepNode
  return toSweepSettings(node, (node.limits ?? {}) as SweepLimits, seed)
}

const templateOf = ({ controlled }: JobPlan) => (controlled?.['template'] ?? []) as TrialTemplate

/** The trials with what the sweep has written down about each. */
function trialsOf(
  book: TrialBook,
  { row }: ControlledJob,
  { actions, metric }: { readonly actions: ControllerActions; readonly metric: string },
): Trial[] {
  return book.read(row.name, metric).map((facts) => {
    const isOver = facts.status !== 'running'
    return {
      ...facts,
      judged: isOver ? 0 : Number(actions.readState(`${JUDGED}:${facts.index}`) ?? 0),
      isStopping: !isOver && actions.readState(`${STOPPING}:${facts.index}`) !== undefined,
    }
  })
}

function progressOf(trials: readonly Trial[], settings: SweepSettings): string {
  const ended = trials.filter((trial) => trial.status !== 'running').length
  const values = trials.flatMap((trial) => trial.reports)
  const best = bestOf(values, settings.goal)
  const count = `${ended} of ${settings.maxTotalTrials} trials`
  return best === undefined ? count : `${count}, best ${settings.primaryMetric} ${best}`
}

function outcomeOf(deps: SweepControllerDeps, plan: JobPlan, end: SweepEnd): ControllerOutcome {
  const best = end.bestTrial === undefined ? undefined : `${plan.name}_${end.bestTrial}`
  const message = end.message ?? 'the sweep ended'
  switch (end.status) {
    case 'Completed':
      return best === undefined
        ? { status: 'Completed', outputs: {} }
        : deps.finishOutputs(plan, best)
    case 'Canceled': {
      const outputs = best === undefined ? undefined : getOutputs(deps.db, best)
      return { status: 'Canceled', reason: message, ...(outputs && { outputs }) }
    }
    case 'Failed':
      return { status: 'Failed', error: { code: 'UserError', message } }
  }
}
