import { below, type Place, report } from './place.ts'

type Value = Record<string, unknown>

/** The place of a field of an object, so that a rule can point at it. */
export function fieldPlace(place: Place, name: string): Place {
  const entry = place.node.kind === 'map' ? place.node.byName.get(name) : undefined
  return entry === undefined ? place : below(place, entry)
}

export function checkMinMax(place: Place, value: Value): void {
  const { min_value: min, max_value: max } = value
  if (typeof min === 'number' && typeof max === 'number' && min >= max)
    report(fieldPlace(place, 'min_value'), {
      code: 'InvalidValue',
      message: `min_value ${min} is not less than max_value ${max}`,
      hint: 'exchange the two',
    })
}

export function checkStep(place: Place, value: Value): void {
  checkMinMax(place, value)
  positive(place, value, 'q')
}

export function checkSigma(place: Place, value: Value): void {
  positive(place, value, 'sigma')
  positive(place, value, 'q')
}

function positive(place: Place, value: Value, name: string): void {
  const found = value[name]
  if (typeof found === 'number' && found <= 0)
    report(fieldPlace(place, name), {
      code: 'InvalidValue',
      message: `${name} is ${found}, and has to be more than 0`,
    })
}

export function checkBandit(place: Place, value: Value): void {
  const factor = value['slack_factor']
  const amount = value['slack_amount']
  if (factor === undefined && amount === undefined)
    report(place, {
      code: 'MissingField',
      message: 'a bandit policy needs slack_factor or slack_amount',
      hint: 'add "slack_factor: 0.1"',
      atKey: true,
    })
  if (typeof factor === 'number' && typeof amount === 'number' && factor !== 0 && amount !== 0)
    report(fieldPlace(place, 'slack_amount'), {
      code: 'InvalidValue',
      message: 'a bandit policy has slack_factor or slack_amount, not both',
      hint: 'keep one of them',
    })
}

export function checkLimits(place: Place, value: Value): void {
  const { max_total_trials: total, max_concurrent_trials: concurrent } = value
  if (typeof total === 'number' && typeof concurrent === 'number' && concurrent > total)
    report(fieldPlace(place, 'max_concurrent_trials'), {
      code: 'InvalidValue',
      severity: 'warning',
      message: `${concurrent} trials at once are more than the ${total} there are`,
    })
}

/** What an algorithm can take of the search space; random sampling takes everything. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  grid: ['choice'],
  bayesian: ['choice', 'uniform', 'quniform'],
}

export function checkSampling(place: Place, value: Value): void {
  const { sampling_algorithm: sampling, early_termination: policy } = value
  const algorithm =
    typeof sampling === 'object' && sampling !== null ? (sampling as Value)['type'] : sampling
  checkSpace(place, value, String(algorithm))
  // It decides from finished trials, so that ending some early would mislead it.
  if (algorithm === 'bayesian' && policy !== undefined)
    report(fieldPlace(place, 'sampling_algorithm'), {
      code: 'InvalidValue',
      message: 'bayesian sampling and early termination do not go together',
      hint: 'take early_termination away, or sample at random',
    })
}

function checkSpace(place: Place, value: Value, algorithm: string): void {
  const takes = TAKES[algorithm]
  if (takes === undefined) return
  const spaces = fieldPlace(place, 'search_space')
  for (const [name, space] of Object.entries((value['search_space'] ?? {}) as Value))
    for (const type of typesIn(space))
      if (!takes.includes(type))
        report(fieldPlace(spaces, name), {
          code: 'InvalidValue',
          message: `${algorithm} sampling cannot take "${name}", which ${(space as Value)['type'] === type ? 'is' : 'holds'} ${type}; it takes ${takes.join(', ')}`,
          hint:
            algorithm === 'grid'
              ? `write "type: choice" with the values of ${name} to try, or sample at random`
              : 'sample at random',
        })
}

/** The types of a distribution and of those nested in it; none of a binding. */
function typesIn(space: unknown): string[] {
  if (typeof space !== 'object' || space === null) return []
  const { type, values } = space as Value
  if (typeof type !== 'string') return []
  const nested = Array.isArray(values)
    ? values.flatMap((choice) => Object.values((choice ?? {}) as Value).flatMap(typesIn))
    : []
  return [...new Set([type, ...nested])]
}
