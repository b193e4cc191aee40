import { isDistributionBody, type Parameters, type SearchSpace, toDistribution } from './space.ts'

/** Every combination of the choices of a space, lazily, the last hyperparameter changing fastest. */
export function* gridPoints(space: SearchSpace): Generator<Parameters> {
  yield* combine([...space].map(([name, distribution]) => [name, valuesOf(distribution)] as const))
}

/** Number of combinations; Infinity for a space that a grid cannot take. */
export function gridSize(space: SearchSpace): number {
  return [...space.values()].reduce((size, distribution) => size * valuesOf(distribution).length, 1)
}

function valuesOf(distribution: { readonly type: string; readonly values?: readonly unknown[] }) {
  return (distribution.values ?? []).flatMap((value) => [...expand(value)])
}

/** The values that one entry of a choice stands for: itself, or all combinations of what is nested in it. */
function* expand(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    yield value
    return
  }
  yield* combine(
    Object.entries(value).map(([name, inner]) => [
      name,
      isDistributionBody(inner) ? valuesOf(toDistribution(inner)) : [inner],
    ]),
  )
}

function* combine(axes: readonly (readonly [string, readonly unknown[]])[]): Generator<Parameters> {
  const [first, ...rest] = axes
  if (first === undefined) {
    yield {}
    return
  }
  const [name, values] = first
  for (const value of values)
    for (const others of combine(rest)) yield { [name]: value, ...others } as Parameters
}
