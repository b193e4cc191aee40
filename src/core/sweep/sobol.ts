import { SOBOL_DIRECTIONS } from './sobol-directions.ts'

const BITS = 30

/** Most dimensions that the stored direction numbers serve. */
export const SOBOL_DIMENSIONS = SOBOL_DIRECTIONS.length

/**
 * Point `index` (from 0, the origin) of the Sobol sequence in Gray-code order, in [0, 1)^dimensions, with the
 * digital shift `shift` (one 30-bit integer a dimension; none: the plain sequence).
 *
 * Source: Bratley & Fox, ACM Algorithm 659; order and numbers as `scipy.stats.qmc.Sobol(scramble=False)`.
 */
export function sobolPoint(
  index: number,
  dimensions: number,
  shift: readonly number[] = [],
): number[] {
  const gray = index ^ (index >>> 1)
  return Array.from({ length: dimensions }, (_, dimension) => {
    const directions = directionNumbers(dimension)
    let bits = shift[dimension] ?? 0
    for (let bit = 0; bit < BITS; bit++) if ((gray >>> bit) & 1) bits ^= directions[bit] ?? 0
    return bits / 2 ** BITS
  })
}

const cache = new Map<number, readonly number[]>()

function directionNumbers(dimension: number): readonly number[] {
  const known = cache.get(dimension)
  if (known !== undefined) return known
  const [polynomial = 1, ...initial] = SOBOL_DIRECTIONS[dimension % SOBOL_DIMENSIONS] ?? [1, 1]
  const degree = 31 - Math.clz32(polynomial)
  const numbers: number[] = []
  for (let i = 0; i < BITS; i++)
    numbers.push(
      degree === 0 ? 1 : i < degree ? (initial[i] ?? 1) : recur(numbers, i, polynomial, degree),
    )
  const scaled = numbers.map((number, i) => number * 2 ** (BITS - 1 - i))
  cache.set(dimension, scaled)
  return scaled
}

/** m_i = 2 a_1 m_{i-1} ⊕ 4 a_2 m_{i-2} ⊕ … ⊕ 2^d m_{i-d} ⊕ m_{i-d} (Bratley & Fox, eq. 3). */
function recur(numbers: readonly number[], i: number, polynomial: number, degree: number): number {
  let next = numbers[i - degree] ?? 0
  for (let k = 1; k <= degree; k++) {
    const coefficient = (polynomial >>> (degree - k)) & 1
    if (coefficient === 1) next ^= (numbers[i - k] ?? 0) * 2 ** k
  }
  return next
}
