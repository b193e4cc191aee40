/**
 * A sweep's search space. Each distribution has a quantile function, so every algorithm that draws points of
 * the unit cube (random, Sobol, a model's proposals) draws from every distribution.
 */

/** A hyperparameter's value; an object when a choice holds further distributions. */
export type ParameterValue = string | number | boolean | null | { readonly [key: string]: unknown }
export type Parameters = Readonly<Record<string, ParameterValue>>

export type Distribution =
  | { readonly type: 'choice'; readonly values: readonly unknown[] }
  | { readonly type: 'randint'; readonly upper: number }
  | { readonly type: 'uniform' | 'loguniform'; readonly min: number; readonly max: number }
  | {
      readonly type: 'quniform' | 'qloguniform'
      readonly min: number
      readonly max: number
      readonly q: number
    }
  | { readonly type: 'normal' | 'lognormal'; readonly mu: number; readonly sigma: number }
  | {
      readonly type: 'qnormal' | 'qlognormal'
      readonly mu: number
      readonly sigma: number
      readonly q: number
    }

export type SearchSpace = ReadonlyMap<string, Distribution>

const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  choice: ['values'],
  randint: ['upper'],
  uniform: ['min_value', 'max_value'],
  loguniform: ['min_value', 'max_value'],
  quniform: ['min_value', 'max_value', 'q'],
  qloguniform: ['min_value', 'max_value', 'q'],
  normal: ['mu', 'sigma'],
  lognormal: ['mu', 'sigma'],
  qnormal: ['mu', 'sigma', 'q'],
  qlognormal: ['mu', 'sigma', 'q'],
}

/** True for `{type: uniform, …}` with all that the type needs, which is how a choice nests distributions. */
export function isDistributionBody(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { type } = value as { type?: unknown }
  if (typeof type !== 'string' || !Object.hasOwn(PARAMETERS, type)) return false
  return (PARAMETERS[type] ?? []).every((name) => Object.hasOwn(value, name))
}

/** Turns checked YAML (`core/spec` reports what is wrong with it) into a distribution. */
export function toDistribution(body: Readonly<Record<string, unknown>>): Distribution {
  const type = body['type'] as Distribution['type']
  const number = (name: string) => Number(body[name])
  switch (type) {
    case 'choice':
      return { type, values: body['values'] as readonly unknown[] }
    case 'randint':
      return { type, upper: number('upper') }
    case 'uniform':
    case 'loguniform':
      return { type, min: number('min_value'), max: number('max_value') }
    case 'quniform':
    case 'qloguniform':
      return { type, min: number('min_value'), max: number('max_value'), q: number('q') }
    case 'normal':
    case 'lognormal':
      return { type, mu: number('mu'), sigma: number('sigma') }
    case 'qnormal':
    case 'qlognormal':
      return { type, mu: number('mu'), sigma: number('sigma'), q: number('q') }
  }
}

export function toSearchSpace(
  bodies: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): SearchSpace {
  return new Map(Object.entries(bodies).map(([name, body]) => [name, toDistribution(body)]))
}
