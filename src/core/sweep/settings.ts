import type { Objective, SweepFields, SweepLimits } from '../entity.ts'
import { dimensionsOf } from './draw.ts'
import { gridSize } from './grid.ts'
import { type Goal, type Policy, toPolicy } from './policy.ts'
import { type SamplingAlgorithm, toAlgorithm } from './sampler.ts'
import { type SearchSpace, toSearchSpace } from './space.ts'

/** A sweep, ready to be driven. Built from checked YAML; `core/spec` reports what is wrong with it. */
export interface SweepSettings {
  readonly space: SearchSpace
  readonly algorithm: SamplingAlgorithm
  readonly seed: number
  readonly goal: Goal
  readonly primaryMetric: string
  readonly policy?: Policy
  readonly maxTotalTrials: number
  readonly maxConcurrentTrials: number
  readonly timeoutSeconds?: number
  readonly trialTimeoutSeconds?: number
}

/** Azure's default for `timeout` is 5,184,000 s; one that long is none on one's own machines. */
const MOST_TRIALS = 1_000

/** `drawnSeed` is used, and to be stored, when the YAML has no seed of its own. */
export function toSweepSettings(
  fields: SweepFields,
  limits: SweepLimits,
  drawnSeed: number,
): SweepSettings {
  const space = toSearchSpace(fields.search_space ?? {})
  const { algorithm, seed } = toAlgorithm(fields.sampling_algorithm)
  const total = Math.min(limits.max_total_trials ?? MOST_TRIALS, trialsIn(algorithm, space))
  const { early_termination: early } = fields
  return {
    space,
    algorithm,
    seed: seed ?? drawnSeed,
    ...objectiveOf(fields.objective),
    maxTotalTrials: total,
    maxConcurrentTrials: Math.max(1, Math.min(limits.max_concurrent_trials ?? total, total)),
    ...(early === undefined ? {} : { policy: toPolicy(early) }),
    ...(limits.timeout === undefined ? {} : { timeoutSeconds: limits.timeout }),
    ...(limits.trial_timeout === undefined ? {} : { trialTimeoutSeconds: limits.trial_timeout }),
  }
}

const objectiveOf = ({ goal, primary_metric }: Objective) => ({
  goal,
  primaryMetric: primary_metric,
})

/** How many trials an algorithm can make of a space. A space without dimensions has one point. */
function trialsIn(algorithm: SamplingAlgorithm, space: SearchSpace): number {
  if (algorithm.type === 'grid') return gridSize(space)
  return dimensionsOf(space) === 0 ? 1 : Number.POSITIVE_INFINITY
}
