/**
 * Early termination, with Azure's formulas. An interval is one report of the primary metric by a trial; a
 * policy looks at a trial each time it has reported a multiple of `evaluation_interval` times, once past
 * `delay_evaluation`. Source: "Tune hyperparameters", section early termination, of Azure's documentation.
 */

export type Goal = 'minimize' | 'maximize'

export type Policy =
  | {
      readonly type: 'bandit'
      readonly slackFactor?: number
      readonly slackAmount?: number
      readonly evaluationInterval: number
      readonly delayEvaluation: number
    }
  | {
      readonly type: 'median_stopping'
      readonly evaluationInterval: number
      readonly delayEvaluation: number
    }
  | {
      readonly type: 'truncation_selection'
      readonly truncationPercentage: number
      readonly evaluationInterval: number
      readonly delayEvaluation: number
    }

/** The values that each trial has reported of the primary metric, in order. */
export type Reports = ReadonlyMap<string, readonly number[]>

export interface StopQuestion {
  readonly policy: Policy
  readonly goal: Goal
  readonly trial: string
  readonly reports: Reports
  /** The report number that is asked about, from 1. */
  readonly interval: number
}

/** Azure's YAML, checked, as a policy. An interval of 0 means 1. */
export function toPolicy(body: Readonly<Record<string, unknown>>): Policy {
  const number = (name: string, absent: number) => Number(body[name] ?? absent)
  const timing = {
    evaluationInterval: Math.max(1, number('evaluation_interval', 1)),
    delayEvaluation: number('delay_evaluation', 0),
  }
  const type = String(body['type'])
  if (type === 'truncation_selection')
    return { type, truncationPercentage: number('truncation_percentage', 0), ...timing }
  if (type === 'median_stopping') return { type, ...timing }
  // Azure's client writes 0 for the one that was not given.
  const slackAmount = number('slack_amount', 0)
  const slackFactor = number('slack_factor', 0)
  return slackAmount > 0
    ? { type: 'bandit', slackAmount, ...timing }
    : { type: 'bandit', slackFactor, ...timing }
}

/** Why the trial should be stopped at this interval, as a clause, or undefined. What is no finite number is worse than any. */
export function reasonToStop(question: StopQuestion): string | undefined {
  const { policy, interval } = question
  if (interval < Math.max(1, policy.delayEvaluation)) return undefined
  if (interval % policy.evaluationInterval !== 0) return undefined
  switch (policy.type) {
    case 'bandit':
      return banditReason(policy, question)
    case 'median_stopping':
      return medianReason(question)
    case 'truncation_selection':
      return truncationReason(policy.truncationPercentage, question)
  }
}

function banditReason(
  policy: Extract<Policy, { type: 'bandit' }>,
  { goal, trial, reports, interval }: StopQuestion,
): string | undefined {
  const best = bestOf(valuesAt(reports, interval), goal)
  const own = bestOf((reports.get(trial) ?? []).slice(0, interval), goal)
  if (best === undefined) return undefined
  const { slackAmount, slackFactor = 0 } = policy
  // B/(1+f) and B·(1+f) for positive B; written with |B| so that slack is never negative for a negative metric.
  const share = goal === 'maximize' ? slackFactor / (1 + slackFactor) : slackFactor
  const slack = slackAmount ?? Math.abs(best) * share
  const limit = goal === 'maximize' ? best - slack : best + slack
  if (own !== undefined && !isWorse(own, limit, goal)) return undefined
  return `bandit: its best ${show(own)} is behind ${show(limit)}, the best ${show(best)} at interval ${interval} with its slack`
}

function medianReason({ goal, trial, reports, interval }: StopQuestion): string | undefined {
  const averages = [...reports.values()]
    .filter((values) => values.length >= interval)
    .map((values) => mean(values.slice(0, interval)))
    .filter(Number.isFinite)
  if (averages.length === 0) return undefined
  const median = medianOf(averages)
  const own = bestOf((reports.get(trial) ?? []).slice(0, interval), goal)
  if (own !== undefined && !isWorse(own, median, goal)) return undefined
  return `median_stopping: its best ${show(own)} is behind ${show(median)}, the median of the running averages at interval ${interval}`
}

function truncationReason(
  percentage: number,
  { goal, trial, reports, interval }: StopQuestion,
): string | undefined {
  const own = reports.get(trial)?.[interval - 1]
  const values = valuesAt(reports, interval)
  if (own === undefined) return undefined
  const count = Math.floor((values.length * percentage) / 100)
  const better = values.filter((value) => isWorse(own, value, goal)).length
  if (better < values.length - count) return undefined
  return `truncation_selection: ${show(own)} at interval ${interval} is among the lowest ${percentage} % of ${values.length} trials`
}

function valuesAt(reports: Reports, interval: number): number[] {
  return [...reports.values()].flatMap((values) => {
    const value = values[interval - 1]
    return value === undefined ? [] : [value]
  })
}

/** The best of these values, NaN and infinities left out; undefined when there is none. */
export function bestOf(values: readonly number[], goal: Goal): number | undefined {
  let best: number | undefined
  for (const value of values)
    if (Number.isFinite(value) && (best === undefined || isWorse(best, value, goal))) best = value
  return best
}

/** NaN and infinities, whatever the goal, come from a trial that went wrong: they are worse than any number. */
export function isWorse(value: number, than: number, goal: Goal): boolean {
  if (!Number.isFinite(value)) return Number.isFinite(than)
  if (!Number.isFinite(than)) return false
  return goal === 'maximize' ? value < than : value > than
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

const show = (value: number | undefined) =>
  value === undefined ? 'value (no number was reported)' : String(Number(value.toPrecision(6)))
