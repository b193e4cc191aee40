/**
 * Gaussian process regression with a Matérn 5/2 kernel, one length scale a dimension.
 * Source: Rasmussen & Williams, "Gaussian Processes for Machine Learning" (2006), algorithm 2.1 and eq. 4.17.
 */

export type Point = readonly number[]

export interface Kernel {
  readonly lengthScales: readonly number[]
  /** Variance of the noise, in units of the signal's variance (which is 1). */
  readonly noise: number
}

export interface Posterior {
  /** Mean and standard deviation at a point, in the units of the values given. */
  predict(point: Point): { readonly mean: number; readonly deviation: number }
  /** Logarithm of the marginal likelihood of the standardised values. */
  readonly logLikelihood: number
}

function matern(a: Point, b: Point, lengthScales: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) {
    const step = ((a[i] ?? 0) - (b[i] ?? 0)) / (lengthScales[i] ?? 1)
    sum += step * step
  }
  const r = Math.sqrt(5 * sum)
  return (1 + r + (r * r) / 3) * Math.exp(-r)
}

/** The process given `values` at `points`. Values are standardised inside; equal values have deviation 1. */
export function fitPosterior(
  points: readonly Point[],
  values: readonly number[],
  kernel: Kernel,
): Posterior {
  const { centre, scale, standard } = standardise(values)
  const lower = cholesky(points, kernel)
  const weights = solveTransposed(lower, solveLower(lower, standard))
  const logDeterminant = lower.reduce((sum, row, i) => sum + Math.log(row[i] ?? 1), 0)
  const fit = standard.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0)
  return {
    logLikelihood: -0.5 * fit - logDeterminant - 0.5 * points.length * Math.log(2 * Math.PI),
    predict(point) {
      const cross = points.map((other) => matern(point, other, kernel.lengthScales))
      const mean = cross.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0)
      const projected = solveLower(lower, cross)
      const variance = 1 - projected.reduce((sum, value) => sum + value * value, 0)
      return {
        mean: centre + scale * mean,
        deviation: scale * Math.sqrt(Math.max(variance, 1e-12)),
      }
    },
  }
}

function standardise(values: readonly number[]) {
  const centre = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  const variance =
    values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / Math.max(1, values.length)
  const scale = variance > 0 ? Math.sqrt(variance) : 1
  return { centre, scale, standard: values.map((value) => (value - centre) / scale) }
}

/**
 * The lower triangle L with L Lᵀ = K + noise·I. Rows are filled by `push`: what `map` makes may have holes, and loops
 * over such numbers take several times as long.
 */
function cholesky(points: readonly Point[], { lengthScales, noise }: Kernel): number[][] {
  const lower: number[][] = []
  for (const [i, point] of points.entries()) {
    const row: number[] = []
    for (let j = 0; j < i; j++) row.push(matern(point, points[j] ?? point, lengthScales))
    row.push(1 + noise)
    for (let j = 0; j <= i; j++) {
      const other = lower[j] ?? row
      const sum = (row[j] ?? 0) - dot(row, other, j)
      row[j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / (other[j] ?? 1)
    }
    lower.push(row)
  }
  return lower
}

/** Of the first `length` elements. */
function dot(a: readonly number[], b: readonly number[], length: number): number {
  let sum = 0
  for (let k = 0; k < length; k++) sum += (a[k] ?? 0) * (b[k] ?? 0)
  return sum
}

function solveLower(lower: readonly (readonly number[])[], right: readonly number[]): number[] {
  const solution: number[] = []
  for (const [i, row] of lower.entries())
    solution.push(((right[i] ?? 0) - dot(row, solution, i)) / (row[i] ?? 1))
  return solution
}

function solveTransposed(
  lower: readonly (readonly number[])[],
  right: readonly number[],
): number[] {
  const solution = right.slice()
  for (let i = lower.length - 1; i >= 0; i--) {
    const row = lower[i] ?? []
    const value = (solution[i] ?? 0) / (row[i] ?? 1)
    solution[i] = value
    for (let k = 0; k < i; k++) solution[k] = (solution[k] ?? 0) - (row[k] ?? 0) * value
  }
  return solution
}

const LOG_SCALE_BOUNDS = [Math.log(0.05), Math.log(5)] as const
const LOG_NOISE_BOUNDS = [Math.log(1e-6), Math.log(0.5)] as const

/** The search fits the process some ninety times, each time in cubic time: so many points decide as well as all. */
const KERNEL_POINTS = 60

/** At most `KERNEL_POINTS` of these, evenly spaced, the last one among them. */
function thin<T>(all: readonly T[]): readonly T[] {
  if (all.length <= KERNEL_POINTS) return all
  const step = all.length / KERNEL_POINTS
  return all.filter((_, i) => Math.floor((i + 1) / step) > Math.floor(i / step))
}

/**
 * The kernel that makes the values most likely under a weak prior (log length scales near 0.4, noise near 1e-3),
 * by a pattern search over the logarithms. Deterministic.
 */
export function chooseKernel(points: readonly Point[], values: readonly number[]): Kernel {
  const dimensions = points[0]?.length ?? 1
  const [some, theirs] = [thin(points), thin(values)]
  const start = [...Array.from({ length: dimensions }, () => Math.log(0.4)), Math.log(1e-3)]
  const score = (logs: readonly number[]) =>
    fitPosterior(some, theirs, toKernel(logs)).logLikelihood + logPrior(logs)
  return toKernel(patternSearch(start, score))
}

const toKernel = (logs: readonly number[]): Kernel => ({
  lengthScales: Array.from(logs.slice(0, -1), (log) => Math.exp(log)),
  noise: Math.exp(logs.at(-1) ?? 0),
})

function logPrior(logs: readonly number[]): number {
  const scales = logs.slice(0, -1).reduce((sum, log) => sum + ((log - Math.log(0.4)) / 1) ** 2, 0)
  return -0.5 * (scales + (((logs.at(-1) ?? 0) - Math.log(1e-3)) / 2) ** 2)
}

function patternSearch(
  start: readonly number[],
  score: (at: readonly number[]) => number,
): number[] {
  let best = start.slice()
  let bestScore = score(best)
  for (let step = 1; step > 0.1; step /= 2) {
    for (let i = 0; i < best.length; i++) {
      const [low, high] = i === best.length - 1 ? LOG_NOISE_BOUNDS : LOG_SCALE_BOUNDS
      for (const change of [step, -step]) {
        const next = best.with(i, Math.min(high, Math.max(low, (best[i] ?? 0) + change)))
        const nextScore = score(next)
        if (nextScore <= bestScore) continue
        best = next
        bestScore = nextScore
        break
      }
    }
  }
  return best
}
