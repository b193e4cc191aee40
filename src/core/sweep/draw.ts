import { normalQuantile } from './normal.ts'
import {
  type Distribution,
  isDistributionBody,
  type Parameters,
  type ParameterValue,
  type SearchSpace,
  toDistribution,
} from './space.ts'

/** Gives the next coordinate of a point of the unit cube, in the open interval (0, 1). */
export type Coordinates = () => number

/**
 * How many coordinates a space takes. Distributions nested in a choice have coordinates of their own,
 * whether or not their branch is drawn, so that a point means the same everywhere.
 */
export function dimensionsOf(space: SearchSpace): number {
  return [...space.values()].reduce((sum, distribution) => sum + widthOf(distribution), 0)
}

function widthOf(distribution: Distribution): number {
  if (distribution.type !== 'choice') return 1
  return 1 + distribution.values.reduce<number>((sum, value) => sum + nestedWidth(value), 0)
}

function nestedWidth(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce<number>(
    (sum, inner) => sum + (isDistributionBody(inner) ? widthOf(toDistribution(inner)) : 0),
    0,
  )
}

export interface DrawOptions {
  /** Base of the log distributions, e when absent (Azure's `logbase`). */
  readonly logBase?: number
}

/** Turns a point of the unit cube into a value for each hyperparameter. */
export function drawParameters(
  space: SearchSpace,
  coordinates: Coordinates,
  options: DrawOptions = {},
): Parameters {
  return Object.fromEntries(
    [...space].map(([name, distribution]) => [name, drawValue(distribution, coordinates, options)]),
  )
}

function drawValue(
  distribution: Distribution,
  coordinates: Coordinates,
  options: DrawOptions,
): ParameterValue {
  if (distribution.type !== 'choice') return quantile(distribution, coordinates(), options)
  const { values } = distribution
  const picked = Math.min(values.length - 1, Math.floor(coordinates() * values.length))
  const drawn = values.map((value) => drawNested(value, coordinates, options))
  return drawn[picked] as ParameterValue
}

/** A choice's value with the distributions inside it drawn. Every branch takes its coordinates. */
function drawNested(value: unknown, coordinates: Coordinates, options: DrawOptions): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      isDistributionBody(inner) ? drawValue(toDistribution(inner), coordinates, options) : inner,
    ]),
  )
}

/** The value below which the share `u` of a distribution lies. Formulas as in Azure's search space page. */
function quantile(
  distribution: Exclude<Distribution, { type: 'choice' }>,
  u: number,
  { logBase = Math.E }: DrawOptions = {},
): number {
  const power = (exponent: number) =>
    logBase === Math.E ? Math.exp(exponent) : logBase ** exponent
  switch (distribution.type) {
    case 'randint':
      return Math.min(distribution.upper - 1, Math.floor(u * distribution.upper))
    case 'uniform':
      return between(distribution, u)
    case 'loguniform':
      return power(between(distribution, u))
    case 'quniform':
      return quantise(between(distribution, u), distribution.q)
    case 'qloguniform':
      return quantise(power(between(distribution, u)), distribution.q)
    case 'normal':
      return gaussian(distribution, u)
    case 'lognormal':
      return power(gaussian(distribution, u))
    case 'qnormal':
      return quantise(gaussian(distribution, u), distribution.q)
    case 'qlognormal':
      return quantise(power(gaussian(distribution, u)), distribution.q)
  }
}

const between = ({ min, max }: { min: number; max: number }, u: number) => min + (max - min) * u
const gaussian = ({ mu, sigma }: { mu: number; sigma: number }, u: number) =>
  mu + sigma * normalQuantile(u)

/** round(x / q) · q, halves to even as Python rounds; without the dust of binary fractions (0.30000000000000004). */
export function quantise(x: number, q: number): number {
  const ratio = x / q
  const floor = Math.floor(ratio)
  const isHalf = ratio - floor === 0.5
  const steps = isHalf ? floor + Math.abs(floor % 2) : Math.round(ratio)
  return Number((steps * q).toPrecision(15))
}
