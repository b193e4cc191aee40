import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { drawParameters, quantise } from './draw.ts'
import { fitPosterior } from './gaussian-process.ts'
import { gridPoints, gridSize } from './grid.ts'
import { normalDistribution, normalQuantile } from './normal.ts'
import { reasonToStop, toPolicy } from './policy.ts'
import { sampleTrial, toAlgorithm } from './sampler.ts'
import { sobolPoint } from './sobol.ts'
import { toSearchSpace } from './space.ts'

/** Made once with SciPy 1.x and scikit-learn 1.x; the numbers are stored, so neither is needed here. */
const REFERENCE: {
  X: number[][]
  y: number[]
  Z: number[][]
  mean: number[]
  std: number[]
  lml: number
  sobol: number[][]
  sobol64: number[]
  norm: [number, number, number][]
} = JSON.parse(readFileSync(new URL('./reference-values.json', import.meta.url), 'utf8'))

const near = (actual: number, expected: number, relative: number) =>
  assert.ok(
    Math.abs(actual - expected) <= relative * Math.max(1e-30, Math.abs(expected)),
    `${actual} is not ${expected}`,
  )

test('normal quantiles and probabilities are those of SciPy', () => {
  for (const [p, quantile, half] of REFERENCE.norm) {
    near(normalQuantile(p), quantile, 1e-9)
    near(normalDistribution(quantile / 2), half, 1e-10)
  }
})

test('Sobol points are those of SciPy, in 5 and in 64 dimensions', () => {
  const points = REFERENCE.sobol.map((_, index) => sobolPoint(index, 5))
  assert.deepEqual(points, REFERENCE.sobol)
  assert.deepEqual(sobolPoint(13, 64), REFERENCE.sobol64)
})

test('the Gaussian process predicts what scikit-learn predicts with the same kernel', () => {
  const { X, y, Z, mean, std, lml } = REFERENCE
  const posterior = fitPosterior(X, y, { lengthScales: [0.3, 0.7], noise: 1e-3 })
  near(posterior.logLikelihood, lml, 1e-9)
  for (const [i, point] of Z.entries()) {
    const predicted = posterior.predict(point)
    near(predicted.mean, mean[i]!, 1e-8)
    near(predicted.deviation, std[i]!, 1e-6)
  }
})

const SPACE = toSearchSpace({
  lr: { type: 'loguniform', min_value: -6, max_value: -1 },
  depth: { type: 'randint', upper: 5 },
  drop: { type: 'quniform', min_value: 0, max_value: 1, q: 0.1 },
  noise: { type: 'qlognormal', mu: 0, sigma: 1, q: 0.5 },
  model: {
    type: 'choice',
    values: ['linear', { kind: 'tree', leaves: { type: 'uniform', min_value: 2, max_value: 64 } }],
  },
})

const draw = (seed: number, index: number, rule: string) =>
  sampleTrial({
    algorithm: toAlgorithm({ type: 'random', rule }).algorithm,
    space: SPACE,
    goal: 'minimize',
    seed,
    index,
    trials: [],
  })

test('every draw lies within its distribution, and the same seed and number draw the same trial, others another', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(1000), fc.constantFrom('random', 'sobol'), (seed, index, rule) => {
      const trial = draw(seed, index, rule)!
      assert.deepEqual(draw(seed, index, rule), trial)
      for (const [s, i] of [[seed + 1, index] as const, [seed, index + 1] as const])
        assert.notEqual(draw(s, i, rule)?.['lr'], trial['lr'], `${seed} ${index}, not ${s} ${i}`)
      const { lr, depth, drop, noise, model } = trial
      assert.ok(Number(lr) >= Math.exp(-6) && Number(lr) <= Math.exp(-1))
      assert.ok(Number.isInteger(depth) && Number(depth) >= 0 && Number(depth) < 5)
      assert.ok(Number(drop) >= 0 && Number(drop) <= 1 && String(drop).length <= 3, String(drop))
      assert.equal((Number(noise) * 2) % 1, 0)
      if (model !== 'linear') {
        const { kind, leaves } = model as { kind: string; leaves: number }
        assert.ok(kind === 'tree' && leaves >= 2 && leaves <= 64)
      }
    }),
  )
})

test('quantities are rounded half to even, as Python rounds them', () => {
  assert.deepEqual(
    [0.5, 1.5, 2.5, -0.5, 0.3].map((x) => quantise(x, 1) + 0),
    [0, 2, 2, 0, 0],
  )
  assert.equal(quantise(0.29, 0.1), 0.3)
})

test('logbase replaces e in the log distributions', () => {
  const { algorithm, seed } = toAlgorithm({ type: 'random', seed: 5, logbase: 10 })
  const space = toSearchSpace({ lr: { type: 'loguniform', min_value: -3, max_value: -3 } })
  const trial = sampleTrial({
    algorithm,
    space,
    goal: 'minimize',
    seed: seed!,
    index: 0,
    trials: [],
  })
  near(Number(trial?.['lr']), 0.001, 1e-12)
})

test('a grid gives every combination once and then no more', () => {
  const values = fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), values, { maxKeys: 4 }),
      (axes) => {
        const space = toSearchSpace(
          Object.fromEntries(
            Object.entries(axes).map(([k, v]) => [k, { type: 'choice', values: v }]),
          ),
        )
        const points = [...gridPoints(space)].map((point) => JSON.stringify(point))
        assert.equal(points.length, gridSize(space))
        assert.equal(new Set(points).size, points.length)
        const algorithm = { type: 'grid' } as const
        const at = (index: number) =>
          sampleTrial({ algorithm, space, goal: 'minimize', seed: 1, index, trials: [] })
        assert.equal(JSON.stringify(at(points.length - 1)), points.at(-1))
        assert.equal(at(points.length), undefined)
      },
    ),
  )
})

test('a nested choice is spread out by a grid', () => {
  const space = toSearchSpace({
    model: {
      type: 'choice',
      values: ['a', { kind: 'b', size: { type: 'choice', values: [1, 2] } }],
    },
  })
  assert.deepEqual(
    [...gridPoints(space)].map(({ model }) => model),
    ['a', { kind: 'b', size: 1 }, { kind: 'b', size: 2 }],
  )
})

/** Branin's function, minimum 0.397887. */
function branin(x: number, y: number): number {
  const a = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6
  return a ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10
}

function bestOfBranin(type: 'random' | 'bayesian', seed: number): number {
  const space = toSearchSpace({
    x: { type: 'uniform', min_value: -5, max_value: 10 },
    y: { type: 'uniform', min_value: 0, max_value: 15 },
  })
  const trials: { parameters: Record<string, number>; value: number }[] = []
  for (let index = 0; index < 30; index++) {
    const { algorithm } = toAlgorithm(type)
    const request = { algorithm, space, goal: 'minimize', seed, index, trials } as const
    const parameters = sampleTrial(request) as Record<string, number>
    trials.push({ parameters, value: branin(parameters['x']!, parameters['y']!) })
  }
  return Math.min(...trials.map((trial) => trial.value))
}

test('on Branin, 30 bayesian trials end nearer the minimum than 30 random ones, seed by seed', () => {
  const seeds = [1, 2, 3, 4, 5]
  const gaps = (type: 'random' | 'bayesian') =>
    seeds.map((seed) => bestOfBranin(type, seed) - 0.397887)
  const bayesian = gaps('bayesian')
  const random = gaps('random')
  assert.ok(
    bayesian.every((gap) => gap < 0.3),
    `gaps ${bayesian}`,
  )
  assert.ok(
    bayesian.filter((gap, i) => gap < random[i]!).length >= 4,
    `bayesian ${bayesian}, random ${random}`,
  )
})

test('after a thousand trials a bayesian one still goes where the best of them was, however long ago', () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const space = toSearchSpace(
    Object.fromEntries(
      names.map((name) => [name, { type: 'uniform', min_value: 0, max_value: 1 }] as const),
    ),
  )
  const distance = (parameters: Record<string, number>) =>
    Math.hypot(...names.map((name) => (parameters[name] ?? 0) - 0.3))
  const trials = Array.from({ length: 1000 }, (_, index) => {
    const request = { space, goal: 'minimize', seed: 5, index, trials: [] } as const
    const { algorithm } = toAlgorithm('random')
    const drawn = sampleTrial({ ...request, algorithm }) as Record<string, number>
    const parameters = index === 3 ? Object.fromEntries(names.map((name) => [name, 0.32])) : drawn
    return { parameters, value: distance(parameters) }
  })
  const { algorithm } = toAlgorithm('bayesian')
  const request = { algorithm, space, goal: 'minimize', seed: 5, index: 1000, trials } as const
  const proposed = sampleTrial(request) as Record<string, number>
  assert.ok(distance(proposed) < 0.15, `proposed ${JSON.stringify(proposed)}`)
})

test('a bayesian trial that others still run next to does not repeat one of them', () => {
  const space = toSearchSpace({
    x: { type: 'quniform', min_value: 0, max_value: 10, q: 1 },
    m: { type: 'choice', values: ['a', 'b'] },
  })
  const trials: { parameters: Record<string, string | number>; value?: number }[] = []
  for (let index = 0; index < 20; index++) {
    const parameters = sampleTrial({
      algorithm: { type: 'bayesian' },
      space,
      goal: 'maximize',
      seed: 3,
      index,
      trials,
    }) as Record<string, string | number>
    const value = -((Number(parameters['x']) - 7) ** 2) - (parameters['m'] === 'a' ? 1 : 0)
    trials.push(index % 3 === 0 && index > 10 ? { parameters } : { parameters, value })
  }
  const late = trials.slice(10).map((trial) => JSON.stringify(trial.parameters))
  assert.equal(new Set(late).size, late.length)
  assert.deepEqual(
    trials.some(({ parameters }) => parameters['x'] === 7 && parameters['m'] === 'b'),
    true,
  )
})

const stops = (
  body: Record<string, unknown>,
  goal: 'minimize' | 'maximize',
  reports: Record<string, number[]>,
  interval: number,
) =>
  Object.keys(reports).filter(
    (trial) =>
      reasonToStop({
        policy: toPolicy(body),
        goal,
        trial,
        reports: new Map(Object.entries(reports)),
        interval,
      }) !== undefined,
  )

test('every policy stops what NumPy says it stops, at each interval and at no other', () => {
  /** See `policy-reference.py`. */
  const cases: {
    policy: Record<string, unknown>
    goal: 'minimize' | 'maximize'
    reports: number[][]
    stops: [number, number[]][]
  }[] = JSON.parse(readFileSync(new URL('./policy-reference.json', import.meta.url), 'utf8'))
  assert.equal(cases.length, 90)
  for (const { policy, goal, reports, stops: expected } of cases) {
    const byTrial = Object.fromEntries(reports.map((values, i) => [String(i), values]))
    const at = new Map(expected)
    for (let interval = 1; interval <= reports[0]!.length; interval++)
      assert.deepEqual(
        stops(policy, goal, byTrial, interval).map(Number),
        at.get(interval) ?? [],
        JSON.stringify({ policy, goal, interval }),
      )
  }
})

test('bandit stops what is behind the best by more than the slack, both ways round', () => {
  const reports = { best: [0.8], near: [0.67], behind: [0.66], nan: [Number.NaN] }
  const factor = { type: 'bandit', slack_factor: 0.2, evaluation_interval: 1 }
  assert.deepEqual(stops(factor, 'maximize', reports, 1), ['behind', 'nan'])
  assert.deepEqual(
    stops({ type: 'bandit', slack_amount: 0.1 }, 'minimize', { a: [1], b: [1.1], c: [1.2] }, 1),
    ['c'],
  )
  assert.deepEqual(stops(factor, 'maximize', { a: [-1], b: [-1.5] }, 1), ['b'])
})

test('a policy looks only at multiples of its interval, once past its delay', () => {
  const reports = { a: [5, 5, 5, 5, 5, 5], b: [1, 1, 1, 1, 1, 1] }
  const body = { type: 'median_stopping', evaluation_interval: 2, delay_evaluation: 3 }
  const asked = [1, 2, 3, 4, 5, 6].filter((n) => stops(body, 'maximize', reports, n).includes('b'))
  assert.deepEqual(asked, [4, 6])
})

test('median stopping compares the best value with the median of the running averages', () => {
  const reports = { a: [1, 3], b: [2, 2.5], c: [0, 1], d: [0, 9] }
  // Averages over two intervals: 2, 2.25, 0.5, 4.5; their median is 2.125.
  assert.deepEqual(stops({ type: 'median_stopping' }, 'maximize', reports, 2), ['c'])
})

test('truncation stops the lowest share at an interval', () => {
  const reports = { a: [5], b: [4], c: [3], d: [2], e: [1] }
  const body = { type: 'truncation_selection', truncation_percentage: 40 }
  assert.deepEqual(stops(body, 'maximize', reports, 1), ['d', 'e'])
  assert.deepEqual(stops(body, 'minimize', reports, 1), ['a', 'b'])
  assert.deepEqual(stops(body, 'maximize', { a: [1], b: [1], c: [1] }, 1), [])
})

test('distributions nested in a choice keep the meaning of the coordinates after them', () => {
  const coordinates = (values: number[]) => () => values.shift() ?? 0.5
  const first = drawParameters(SPACE, coordinates([0.5, 0.5, 0.5, 0.5, 0.1, 0.9]))
  assert.equal(first['model'], 'linear')
})
