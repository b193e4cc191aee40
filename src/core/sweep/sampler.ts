import { proposeBayesian, type TrialSoFar } from './bayesian.ts'
import { dimensionsOf, drawParameters } from './draw.ts'
import { gridPoints } from './grid.ts'
import type { Goal } from './policy.ts'
import { uniformAt } from './random.ts'
import { SOBOL_DIMENSIONS, sobolPoint } from './sobol.ts'
import type { Parameters, SearchSpace } from './space.ts'

export type SamplingAlgorithm =
  | { readonly type: 'random'; readonly rule: 'random' | 'sobol'; readonly logBase?: number }
  | { readonly type: 'grid' }
  | { readonly type: 'bayesian' }

export interface SampleRequest {
  readonly algorithm: SamplingAlgorithm
  readonly space: SearchSpace
  readonly goal: Goal
  /** The YAML's seed, or one drawn when the sweep was created and stored with it. */
  readonly seed: number
  /** Number of the trial, from 0. */
  readonly index: number
  /** All trials that exist, in order. Only `bayesian` looks at them. */
  readonly trials: readonly TrialSoFar[]
}

/** Azure's YAML as an algorithm and a seed; a plain name is an object with only a type; absent is random. */
export function toAlgorithm(body: string | Readonly<Record<string, unknown>> | undefined): {
  readonly algorithm: SamplingAlgorithm
  readonly seed?: number
} {
  const fields = typeof body === 'string' ? { type: body } : (body ?? { type: 'random' })
  const { type, rule, seed, logbase } = fields as Record<string, unknown>
  const kind = String(type).toLowerCase()
  if (kind === 'grid' || kind === 'bayesian') return { algorithm: { type: kind } }
  const logBase = logbase === undefined || logbase === 'e' ? {} : { logBase: Number(logbase) }
  const algorithm = {
    type: 'random',
    rule: String(rule).toLowerCase() === 'sobol' ? 'sobol' : 'random',
    ...logBase,
  } as const
  return typeof seed === 'number' ? { algorithm, seed } : { algorithm }
}

/**
 * The parameters of trial `index`, or undefined when the algorithm has no more (a grid that is used up). The
 * same arguments always give the same trial, so a sweep picked up after a crash goes on as it would have.
 */
export function sampleTrial(request: SampleRequest): Parameters | undefined {
  const { algorithm, space, seed, index } = request
  switch (algorithm.type) {
    case 'grid':
      return gridPoints(space).drop(index).next().value
    case 'bayesian':
      return proposeBayesian(request)
    case 'random':
      return algorithm.rule === 'sobol'
        ? sobolTrial(request, algorithm)
        : drawParameters(space, uniformCoordinates(seed, index), algorithm)
  }
}

function uniformCoordinates(seed: number, index: number): () => number {
  let dimension = 0
  return () => uniformAt(seed, index, dimension++)
}

/** Past the stored direction numbers, the remaining coordinates are drawn independently. */
function sobolTrial(
  { space, seed, index }: SampleRequest,
  algorithm: SamplingAlgorithm & { type: 'random' },
): Parameters {
  const dimensions = Math.min(dimensionsOf(space), SOBOL_DIMENSIONS)
  const shift = Array.from({ length: dimensions }, (_, d) =>
    Math.floor(uniformAt(seed, d) * 2 ** 30),
  )
  const point = sobolPoint(index, dimensions, shift)
  let dimension = 0
  const coordinates = () => {
    const at = dimension++
    // The middle of the cell: 0 itself has no quantile in an unbounded distribution.
    return at < dimensions ? (point[at] ?? 0) + 2 ** -31 : uniformAt(seed, index, at)
  }
  return drawParameters(space, coordinates, algorithm)
}
