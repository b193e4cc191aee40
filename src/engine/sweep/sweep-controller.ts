import { randomInt } from 'node:crypto'
import type { SweepJob, SweepLimits, SweepNode } from '../../core/entity.ts'
import type { JobPlan } from '../../core/plan/job-plan.ts'
import { makeTrial, TRIAL_PARAMETERS, type TrialTemplate } from '../../core/plan/plan-trials.ts'
import {
  decideSweep,
  type SweepEnd,
  type Trial,
  type TrialStatus,
} from '../../core/sweep/decide-sweep.ts'
import { bestOf } from '../../core/sweep/policy.ts'
import { type SweepSettings, toSweepSettings } from '../../core/sweep/settings.ts'
import type { Db } from '../../store/db.ts'
import { getOutputs, type JobRow } from '../../store/jobs.ts'
import type {
  ControlledJob,
  ControllerActions,
  ControllerOutcome,
  JobController,
} from '../controllers.ts'
import { reportsOf, type TrialMetrics } from './trial-metrics.ts'

export interface SweepControllerDeps {
  readonly db: Db
  readonly metrics: TrialMetrics
  /** Publishes and registers the sweep's outputs, which are those of its best trial. */
  readonly finishOutputs: (plan: JobPlan, best: string) => ControllerOutcome
}

const SEED = 'seed'
const STOPPING = 'stopping'

/** Drives sweeps: what to do is `decideSweep`'s to say, from rows and logged metrics alone. */
export function createSweepController(deps: SweepControllerDeps): JobController {
  const advance = (job: ControlledJob, actions: ControllerActions, isCanceled = false) =>
    carryOut(deps, job, { actions, isCanceled })
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
  readonly actions: ControllerActions
  readonly isCanceled: boolean
}

function carryOut(deps: SweepControllerDeps, job: ControlledJob, call: Call): void {
  const { actions, isCanceled } = call
  const settings = settingsOf(job.plan, Number(actions.readState(SEED) ?? 0))
  const children = actions.children().filter((child) => child.parent === job.row.name)
  const trials = children.map((child) => toTrial(deps, child, { settings, actions }))
  const decision = decideSweep({
    settings,
    trials,
    startedMs: job.row.startedMs ?? actions.atMs,
    nowMs: actions.atMs,
    isCanceled,
  })
  for (const { index, reason } of decision.stop) {
    const trial = children[index]
    if (trial === undefined) continue
    actions.writeState(`${STOPPING}:${index}`, reason)
    actions.cancelChild(trial.name, reason)
  }
  const template = templateOf(job.plan)
  for (const start of decision.start) actions.createChildren(makeTrial(template, start))
  if (decision.finish === undefined) actions.setReason(progressOf(trials, settings))
  else actions.finish(outcomeOf(deps, job.plan, decision.finish))
}

function settingsOf({ controlled }: JobPlan, seed: number): SweepSettings {
  const node = controlled?.['node'] as SweepJob | SweepNode
  return toSweepSettings(node, (node.limits ?? {}) as SweepLimits, seed)
}

const templateOf = ({ controlled }: JobPlan) => (controlled?.['template'] ?? []) as TrialTemplate

function toTrial(
  { db, metrics }: SweepControllerDeps,
  child: JobRow,
  { settings, actions }: { settings: SweepSettings; actions: ControllerActions },
): Trial {
  const index = trialNumber(child.name)
  const { reports, names } = reportsOf(db, metrics, {
    trial: child,
    metric: settings.primaryMetric,
  })
  return {
    index,
    parameters: parametersOf(child),
    status: trialStatus(child.status),
    reports,
    metrics: names,
    isStopping: actions.readState(`${STOPPING}:${index}`) !== undefined,
  }
}

const trialNumber = (name: string) => Number(name.slice(name.lastIndexOf('_') + 1))

function parametersOf({ properties }: JobRow): Trial['parameters'] {
  return JSON.parse(properties[TRIAL_PARAMETERS] ?? '{}') as Trial['parameters']
}

function trialStatus(status: string): TrialStatus {
  if (status === 'Completed') return 'completed'
  if (status === 'Failed' || status === 'NotResponding') return 'failed'
  return status === 'Canceled' ? 'canceled' : 'running'
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
