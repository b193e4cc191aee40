/**
 * Random numbers that depend on nothing but their arguments, so that a sweep which is picked up after a crash
 * draws the same trials again.
 */

const UINT32 = 2 ** 32

/** One step of SplitMix32: mixes 32 bits. Constants from Wang Yi's wyhash family, as used by `splitmix32`. */
function mix(state: number): number {
  let z = (state + 0x9e3779b9) | 0
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
  return (z ^ (z >>> 15)) >>> 0
}

/** A number in the open interval (0, 1) with 52 random bits, the same for the same `key` every time. */
export function uniformAt(...key: readonly number[]): number {
  let state = 0x243f6a88
  for (const part of key) {
    state = mix(state ^ (part >>> 0))
    state = mix(state ^ (Math.floor(part / UINT32) >>> 0))
  }
  const high = mix(state ^ 0xb7e15162)
  const low = mix(high ^ state)
  return ((high >>> 6) * 2 ** 26 + (low >>> 6) + 0.5) / 2 ** 52
}

/** A stream of such numbers, for algorithms that need an unknown count of them. */
export function createUniformStream(...key: readonly number[]): () => number {
  let count = 0
  return () => uniformAt(...key, count++)
}
