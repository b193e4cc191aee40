import { bestOf, isWorse, type Reports, reasonToStop } from './policy.ts'
import { sampleTrial } from './sampler.ts'
import type { SweepSettings } from './settings.ts'
import type { Parameters } from './space.ts'

export type TrialStatus = 'running' | 'completed' | 'failed' | 'canceled'

/** A trial that was made. `running` also stands for one that still waits for its turn. */
export interface Trial {
  readonly index: number
  readonly parameters: Parameters
  readonly status: TrialStatus
  /** Every value of the primary metric that it has logged, in order. */
  readonly reports: readonly number[]
  /** Its end has been asked for. */
  readonly isStopping: boolean
  /** Names of all metrics that it has logged. */
  readonly metrics: readonly string[]
}

export interface SweepState {
  readonly settings: SweepSettings
  readonly trials: readonly Trial[]
  readonly startedMs: number
  readonly nowMs: number
  /** Somebody asked for the sweep's end. */
  readonly isCanceled: boolean
}

export interface SweepDecision {
  readonly start: readonly { readonly index: number; readonly parameters: Parameters }[]
  readonly stop: readonly { readonly index: number; readonly reason: string }[]
  readonly finish?: SweepEnd
}

export interface SweepEnd {
  readonly status: 'Completed' | 'Failed' | 'Canceled'
  /** For people: why it failed or was cancelled. */
  readonly message?: string
  readonly bestTrial?: number
}

/** What a sweep does next. A pure function of what is stored, so it may be asked at any time, any number of times. */
export function decideSweep(state: SweepState): SweepDecision {
  const running = state.trials.filter((trial) => trial.status === 'running')
  const ending = reasonToEnd(state)
  if (ending !== undefined) {
    const stop = running
      .filter((trial) => !trial.isStopping)
      .map(({ index }) => ({ index, reason: ending }))
    if (running.length > 0) return { start: [], stop }
    return { start: [], stop: [], finish: { ...best(state), status: 'Canceled', message: ending } }
  }
  const start = trialsToStart(state, running.length)
  if (start.length === 0 && running.length === 0)
    return { start, stop: [], finish: conclude(state) }
  return { start, stop: trialsToStop(state, running) }
}

function reasonToEnd({ settings, startedMs, nowMs, isCanceled }: SweepState): string | undefined {
  if (isCanceled) return 'the sweep was cancelled'
  const { timeoutSeconds } = settings
  if (timeoutSeconds === undefined || nowMs - startedMs < timeoutSeconds * 1000) return undefined
  return `the sweep ran for its limit of ${timeoutSeconds} s (limits.timeout)`
}

function trialsToStart({ settings, trials }: SweepState, running: number) {
  const room = Math.min(
    settings.maxConcurrentTrials - running,
    settings.maxTotalTrials - trials.length,
  )
  const known = trials.map((trial) => ({
    parameters: trial.parameters,
    ...resultOf(trial, settings),
  }))
  const start: { index: number; parameters: Parameters }[] = []
  while (start.length < room) {
    const index = trials.length + start.length
    const { algorithm, space, goal, seed } = settings
    const parameters = sampleTrial({
      algorithm,
      space,
      goal,
      seed,
      index,
      trials: [...known, ...start],
    })
    if (parameters === undefined) break
    start.push({ index, parameters })
  }
  return start
}

/** The value that a model learns from: the best one of a trial that has ended, or nothing yet. */
function resultOf(trial: Trial, { goal }: SweepSettings): { value?: number } {
  if (trial.status === 'running') return {}
  const value = bestOf(trial.reports, goal)
  return value === undefined ? { value: Number.NaN } : { value }
}

function trialsToStop({ settings, trials }: SweepState, running: readonly Trial[]) {
  const { policy, goal } = settings
  if (policy === undefined) return []
  const reports: Reports = new Map(trials.map((trial) => [String(trial.index), trial.reports]))
  return running.flatMap(({ index, reports: own, isStopping }) => {
    if (isStopping) return []
    const question = { policy, goal, trial: String(index), reports, interval: own.length }
    const reason = reasonToStop(question)
    return reason === undefined ? [] : [{ index, reason }]
  })
}

function conclude(state: SweepState): SweepEnd {
  const { settings, trials } = state
  const found = best(state)
  if (found.bestTrial !== undefined) return { status: 'Completed', ...found }
  const completed = trials.filter((trial) => trial.status === 'completed')
  if (completed.length === 0)
    return { status: 'Failed', message: `none of ${trials.length} trials completed` }
  const logged = [...new Set(trials.flatMap((trial) => trial.metrics))].toSorted()
  const metric = settings.primaryMetric
  if (logged.includes(metric))
    return { status: 'Failed', message: `every value of ${metric} that was logged is NaN` }
  const others = logged.length === 0 ? 'they logged no metric' : `they logged: ${logged.join(', ')}`
  return { status: 'Failed', message: `no trial logged ${metric}; ${others}` }
}

/** The completed trial with the best value that it ever reported; the earlier one of two that are equal. */
function best({ settings, trials }: SweepState): { bestTrial?: number } {
  const { goal } = settings
  let leader: { index: number; value: number } | undefined
  for (const { index, status, reports } of trials) {
    const value = bestOf(reports, goal)
    if (status !== 'completed' || value === undefined) continue
    if (leader === undefined || isWorse(leader.value, value, goal)) leader = { index, value }
  }
  return leader === undefined ? {} : { bestTrial: leader.index }
}
