import { isModelled } from './bayesian.ts'
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
  /** How many of its reports the policy has looked at. */
  readonly judged: number
  /** Its end has been asked for. */
  readonly isStopping: boolean
  /** Names of all metrics that it has logged. */
  readonly metrics: readonly string[]
  /** What a failed trial died of, in a sentence. */
  readonly problem?: string
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
  /** Trials of which the policy has looked at this many reports now; to be remembered. */
  readonly judged: readonly { readonly index: number; readonly reports: number }[]
  readonly finish?: SweepEnd
  /** There is room for more than `start`, but each takes a while to think of: to be asked again, in another turn. */
  readonly hasMore?: boolean
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
    const nothing = { start: [], judged: [] }
    if (running.length > 0) return { ...nothing, stop }
    const finish = { ...best(state), status: 'Canceled', message: ending } as const
    return { ...nothing, stop: [], finish }
  }
  const { start, hasMore } = trialsToStart(state, running.length)
  if (start.length === 0 && running.length === 0)
    return { start, stop: [], judged: [], finish: conclude(state) }
  return { start, hasMore, ...judge(state, running) }
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
  const { algorithm, space, goal, seed } = settings
  const most = algorithm.type === 'bayesian' && isModelled(space, known) ? 1 : room
  const start: { index: number; parameters: Parameters }[] = []
  while (start.length < Math.min(room, most)) {
    const index = trials.length + start.length
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
  return { start, hasMore: most < room }
}

/** The value that a model learns from: the best one of a trial that has ended, or nothing yet. */
function resultOf(trial: Trial, { goal }: SweepSettings): { value?: number } {
  if (trial.status === 'running') return {}
  const value = bestOf(trial.reports, goal)
  return value === undefined ? { value: Number.NaN } : { value }
}

/**
 * The policy looks at each report of a trial once, in order, as it comes in; also when several come at once. What
 * others report of the same interval later on does not stop a trial that has passed it.
 */
function judge({ settings, trials }: SweepState, running: readonly Trial[]) {
  const { policy, goal } = settings
  if (policy === undefined) return { stop: [], judged: [] }
  const reports: Reports = new Map(trials.map((trial) => [String(trial.index), trial.reports]))
  const fresh = running.filter((trial) => !trial.isStopping && trial.reports.length > trial.judged)
  const stop = fresh.flatMap(({ index, judged, reports: own }) => {
    for (let interval = judged + 1; interval <= own.length; interval++) {
      const question = { policy, goal, trial: String(index), reports, interval }
      const reason = reasonToStop(question)
      if (reason !== undefined) return [{ index, reason }]
    }
    return []
  })
  const judged = fresh.map(({ index, reports: own }) => ({ index, reports: own.length }))
  return { stop, judged }
}

function conclude(state: SweepState): SweepEnd {
  const { settings, trials } = state
  const found = best(state)
  if (found.bestTrial !== undefined) return { status: 'Completed', ...found }
  if (trials.every((trial) => trial.status !== 'completed'))
    return { status: 'Failed', message: noneCompleted(trials) }
  const logged = [...new Set(trials.flatMap((trial) => trial.metrics))].toSorted()
  const metric = settings.primaryMetric
  if (logged.includes(metric)) return { status: 'Failed', message: noNumber(metric, trials) }
  const others = logged.length === 0 ? 'they logged no metric' : `they logged: ${logged.join(', ')}`
  return { status: 'Failed', message: `no trial logged ${metric}; ${others}` }
}

function noneCompleted(trials: readonly Trial[]): string {
  const failed = trials.find(({ problem }) => problem !== undefined)
  const first = failed === undefined ? '' : `; trial ${failed.index}: ${failed.problem}`
  return `none of ${trials.length} trials completed${first}`
}

function noNumber(metric: string, trials: readonly Trial[]): string {
  const completed = trials.filter(({ status }) => status === 'completed')
  const values = completed.flatMap(({ reports }) => reports)
  if (values.length === 0)
    return `no completed trial logged ${metric}, only trials that failed or were stopped`
  const what = values.every(Number.isNaN) ? 'NaN' : 'NaN or infinite'
  return `every value of ${metric} that was logged is ${what}`
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
