import { type Coordinates, dimensionsOf, drawParameters } from './draw.ts'
import { chooseKernel, fitPosterior, type Point, type Posterior } from './gaussian-process.ts'
import { normalDensity, normalDistribution } from './normal.ts'
import { bestOf, type Goal } from './policy.ts'
import { createUniformStream, uniformAt } from './random.ts'
import { sobolPoint } from './sobol.ts'
import type { Parameters, SearchSpace } from './space.ts'

/** A trial that exists: `value` is its best metric, absent while it runs or when it never logged one. */
export interface TrialSoFar {
  readonly parameters: Parameters
  readonly value?: number
}

export interface BayesianRequest {
  readonly space: SearchSpace
  readonly goal: Goal
  readonly seed: number
  /** Number of the trial to propose, from 0. */
  readonly index: number
  readonly trials: readonly TrialSoFar[]
}

const CANDIDATES = 512
const NEIGHBOURS = 24
/** The model is fitted to the best results and the most recent ones, so that a proposal holds the server for a moment only. */
const MODEL_BEST = 50
const MODEL_RECENT = 100

/**
 * The next trial by expected improvement under a Gaussian process (Jones, Schonlau & Welch, 1998). The first
 * trials are a shifted Sobol design. Trials still running count with the value the model expects of them
 * ("kriging believer", Ginsbourger et al., 2010), so that concurrent trials spread out. A pure function of its arguments.
 */
export function proposeBayesian(request: BayesianRequest): Parameters {
  const { space, seed, index, trials } = request
  if (!isModelled(space, trials)) return initialPoint(space, seed, index)
  const known = trials.filter((trial) => isUsable(trial.value))
  const sign = request.goal === 'maximize' ? -1 : 1
  const model = fitModel(request, telling(known, sign))
  const values = known.map((trial) => sign * (trial.value ?? 0))
  const best = bestOf(values, 'minimize') ?? 0
  const seen = new Set(trials.map((trial) => JSON.stringify(trial.parameters)))
  const leader = known[values.indexOf(best)]?.parameters ?? {}
  const scored = candidates(request, leader)
    .filter((parameters) => !seen.has(JSON.stringify(parameters)))
    .map((parameters) => ({
      parameters,
      gain: expectedImprovement(model.predict(encode(space, parameters)), best),
    }))
  const top = scored.reduce((a, b) => (b.gain > a.gain ? b : a), {
    parameters: initialPoint(space, seed, index),
    gain: Number.NEGATIVE_INFINITY,
  })
  return top.parameters
}

/** Whether the next trial takes a model: some ten milliseconds, where the first trials take none. */
export function isModelled(space: SearchSpace, trials: readonly TrialSoFar[]): boolean {
  return trials.filter((trial) => isUsable(trial.value)).length >= initialTrials(space)
}

/** The results that say most, in the order of the trials. */
function telling(known: readonly TrialSoFar[], sign: number): readonly TrialSoFar[] {
  if (known.length <= MODEL_BEST + MODEL_RECENT) return known
  const older = known.slice(0, -MODEL_RECENT)
  const byValue = older.toSorted((a, b) => sign * ((a.value ?? 0) - (b.value ?? 0)))
  const best = new Set(byValue.slice(0, MODEL_BEST))
  return [...older.filter((trial) => best.has(trial)), ...known.slice(-MODEL_RECENT)]
}

const isUsable = (value: number | undefined): value is number =>
  value !== undefined && Number.isFinite(value)

function initialTrials(space: SearchSpace): number {
  return Math.min(10, Math.max(4, 2 * dimensionsOf(space) + 1))
}

function initialPoint(space: SearchSpace, seed: number, index: number): Parameters {
  const dimensions = dimensionsOf(space)
  const shift = Array.from({ length: dimensions }, (_, d) =>
    Math.floor(uniformAt(seed, d) * 2 ** 30),
  )
  return drawParameters(space, coordinatesOf(sobolPoint(index + 1, dimensions, shift)))
}

function coordinatesOf(point: readonly number[]): Coordinates {
  let next = 0
  return () => Math.min(1 - 1e-9, Math.max(1e-9, point[next++] ?? 0.5))
}

function fitModel(
  { space, goal, trials }: BayesianRequest,
  known: readonly TrialSoFar[],
): Posterior {
  const sign = goal === 'maximize' ? -1 : 1
  const points = known.map((trial) => encode(space, trial.parameters))
  const values = known.map((trial) => sign * (trial.value ?? 0))
  const kernel = chooseKernel(points, values)
  const model = fitPosterior(points, values, kernel)
  const running = trials.filter((trial) => trial.value === undefined)
  if (running.length === 0) return model
  const pending = running.map((trial) => encode(space, trial.parameters))
  const believed = pending.map((point) => model.predict(point).mean)
  return fitPosterior([...points, ...pending], [...values, ...believed], kernel)
}

function expectedImprovement(
  { mean, deviation }: { mean: number; deviation: number },
  best: number,
) {
  const z = (best - mean) / deviation
  return (best - mean) * normalDistribution(z) + deviation * normalDensity(z)
}

/** Points all over the space, and points around the best one at three distances. */
function candidates({ space, seed, index }: BayesianRequest, leader: Parameters): Parameters[] {
  const uniform = createUniformStream(seed, index, 1)
  const everywhere = Array.from({ length: CANDIDATES }, () => drawParameters(space, uniform))
  const near = [0.2, 0.05, 0.01].flatMap((distance) =>
    Array.from({ length: NEIGHBOURS }, () => neighbour(space, leader, { uniform, distance })),
  )
  return [...everywhere, ...near]
}

function neighbour(
  space: SearchSpace,
  leader: Parameters,
  { uniform, distance }: { uniform: Coordinates; distance: number },
): Parameters {
  const fresh = drawParameters(space, uniform)
  return Object.fromEntries(
    [...space].map(([name, distribution]) => {
      const value = leader[name] ?? null
      if (distribution.type !== 'uniform' && distribution.type !== 'quniform')
        return [name, uniform() < distance ? (fresh[name] ?? null) : value]
      const width = distribution.max - distribution.min
      const moved = (Number(value) - distribution.min) / width + (uniform() * 2 - 1) * distance
      const single = new Map([[name, distribution]])
      return [name, drawParameters(single, coordinatesOf([moved]))[name] ?? value]
    }),
  )
}

/** A trial as a point for the model: numbers scaled to [0, 1], choices one coordinate a value. */
function encode(space: SearchSpace, parameters: Parameters): Point {
  const point: number[] = []
  for (const [name, distribution] of space) {
    const value = parameters[name]
    if (distribution.type === 'choice') {
      const wanted = JSON.stringify(value)
      for (const one of distribution.values) point.push(JSON.stringify(one) === wanted ? 0.5 : 0)
    } else if (distribution.type === 'uniform' || distribution.type === 'quniform')
      point.push((Number(value) - distribution.min) / (distribution.max - distribution.min || 1))
    else point.push(Number(value))
  }
  return point
}
