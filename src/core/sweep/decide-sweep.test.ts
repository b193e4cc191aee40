import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { SweepFields, SweepLimits } from '../entity.ts'
import { decideSweep, type SweepState, type Trial, type TrialStatus } from './decide-sweep.ts'
import { toSweepSettings } from './settings.ts'

const FIELDS: SweepFields = {
  objective: { goal: 'maximize', primary_metric: 'accuracy' },
  search_space: { lr: { type: 'uniform', min_value: 0, max_value: 1 } },
}
const settings = (limits: SweepLimits, fields: Partial<SweepFields> = {}) =>
  toSweepSettings({ ...FIELDS, ...fields }, limits, 7)

const trial = (index: number, status: TrialStatus, reports: number[] = []): Trial => ({
  index,
  parameters: { lr: index / 100 },
  status,
  reports,
  judged: 0,
  isStopping: false,
  metrics: reports.length > 0 ? ['accuracy'] : ['loss'],
})

const state = (
  limits: SweepLimits,
  trials: Trial[],
  more: Partial<SweepState> = {},
): SweepState => ({
  settings: settings(limits),
  trials,
  startedMs: 0,
  nowMs: 1_000,
  isCanceled: false,
  ...more,
})

test('as many trials start as the limits leave room for', () => {
  const limits = { max_total_trials: 5, max_concurrent_trials: 3 }
  const count = (trials: Trial[]) =>
    decideSweep(state(limits, trials)).start.map(({ index }) => index)
  assert.deepEqual(count([]), [0, 1, 2])
  assert.deepEqual(
    count([trial(0, 'completed', [1]), trial(1, 'running'), trial(2, 'running')]),
    [3],
  )
  const all = [0, 1, 2, 3, 4].map((index) => trial(index, 'completed', [index]))
  assert.deepEqual(count(all), [])
})

test('trials that a model proposes start one at a decision, and it says that there are more', () => {
  const limits = { max_total_trials: 40, max_concurrent_trials: 4 }
  const bayesian = settings(limits, { sampling_algorithm: 'bayesian' })
  const done = Array.from({ length: 10 }, (_, i) => trial(i, 'completed', [i]))
  const decide = (trials: Trial[]) => {
    const { start, hasMore } = decideSweep(state(limits, trials, { settings: bayesian }))
    return [start.map(({ index }) => index), hasMore]
  }
  assert.deepEqual(decide([]), [[0, 1, 2, 3], false])
  assert.deepEqual(decide(done), [[10], true])
  const running = [10, 11, 12].map((index) => trial(index, 'running'))
  assert.deepEqual(decide([...done, ...running]), [[13], false])
})

test('no run of any sweep makes a trial beyond its limits, and every sweep ends', () => {
  const end = fc.record({
    status: fc.constantFrom<TrialStatus>('completed', 'failed', 'canceled'),
    value: fc.float(),
  })
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 5 }),
      fc.infiniteStream(end),
      (total, concurrent, ends) => {
        const limits = { max_total_trials: total, max_concurrent_trials: concurrent }
        let trials: Trial[] = []
        for (let turn = 0; turn < 100; turn++) {
          const decision = decideSweep(state(limits, trials))
          if (decision.finish !== undefined) {
            assert.equal(trials.length, total)
            return
          }
          trials.push(...decision.start.map(({ index }) => trial(index, 'running')))
          assert.ok(trials.length <= total)
          assert.ok(trials.filter(({ status }) => status === 'running').length <= concurrent)
          const { status, value } = ends.next().value!
          const first = trials.findIndex((one) => one.status === 'running')
          trials = trials.with(first, trial(first, status, [value]))
        }
        assert.fail('the sweep did not end')
      },
    ),
  )
})

test('a grid smaller than the limit ends when it is used up', () => {
  const grid = settings(
    { max_total_trials: 100 },
    { sampling_algorithm: 'grid', search_space: { n: { type: 'choice', values: [1, 2, 3] } } },
  )
  assert.equal(grid.maxTotalTrials, 3)
  assert.equal(grid.maxConcurrentTrials, 3)
})

test('the best trial is a completed one with the best value it ever reported', () => {
  const trials = [
    trial(0, 'completed', [0.5, 0.9, 0.2]),
    trial(1, 'completed', [0.8, 0.85]),
    trial(2, 'canceled', [0.99]),
    trial(3, 'completed', [Number.NaN]),
    trial(4, 'completed', [0.9]),
  ]
  const { finish } = decideSweep(state({ max_total_trials: 5 }, trials))
  assert.deepEqual(finish, { status: 'Completed', bestTrial: 0 })
})

test('a metric that nobody logged is named, with those that were', () => {
  const end = (trials: Trial[]) =>
    decideSweep(state({ max_total_trials: trials.length }, trials)).finish
  assert.deepEqual(end([trial(0, 'completed'), trial(1, 'failed')]), {
    status: 'Failed',
    message: 'no trial logged accuracy; they logged: loss',
  })
  assert.equal(end([trial(0, 'failed'), trial(1, 'failed')])?.message, 'none of 2 trials completed')
  assert.equal(
    end([trial(0, 'completed', [Number.NaN])])?.message,
    'every value of accuracy that was logged is NaN',
  )
})

test('what is no finite number is never the best, whichever way the goal goes', () => {
  const { POSITIVE_INFINITY: plus, NEGATIVE_INFINITY: minus, NaN: none } = Number
  const trials = [trial(0, 'completed', [plus, minus, none]), trial(1, 'completed', [-5])]
  for (const goal of ['maximize', 'minimize'] as const) {
    const objective = { goal, primary_metric: 'accuracy' }
    const asked = {
      ...state({}, trials),
      settings: settings({ max_total_trials: 2 }, { objective }),
    }
    assert.equal(decideSweep(asked).finish?.bestTrial, 1)
  }
  const only = decideSweep(state({ max_total_trials: 1 }, [trial(0, 'completed', [plus, none])]))
  assert.equal(only.finish?.message, 'every value of accuracy that was logged is NaN or infinite')
})

test('a sweep without a completed trial says what the first that failed died of', () => {
  const failed = { ...trial(1, 'failed'), problem: 'exit code 3' }
  const { finish } = decideSweep(
    state({ max_total_trials: 2 }, [trial(0, 'canceled', [1]), failed]),
  )
  assert.equal(finish?.message, 'none of 2 trials completed; trial 1: exit code 3')
  const mixed = [trial(0, 'completed'), trial(1, 'canceled', [1])]
  const { finish: other } = decideSweep(state({ max_total_trials: 2 }, mixed))
  assert.equal(
    other?.message,
    'no completed trial logged accuracy, only trials that failed or were stopped',
  )
})

test('a trial may report a hundred thousand values', () => {
  const many = Array.from({ length: 200_000 }, (_, i) => i / 200_000)
  const { finish } = decideSweep(state({ max_total_trials: 1 }, [trial(0, 'completed', many)]))
  assert.equal(finish?.bestTrial, 0)
})

const judging = (trials: Trial[], policy: Record<string, unknown>) =>
  decideSweep({
    ...state({}, trials),
    settings: settings({ max_total_trials: trials.length }, { early_termination: policy as never }),
  })

test('a policy looks at every report, also when several came in since it last looked', () => {
  const policy = { type: 'bandit', slack_amount: 0.1, evaluation_interval: 2 }
  const good = trial(0, 'completed', [0.9, 0.9, 0.9])
  const bad = trial(1, 'running', [0.5, 0.5, 0.95])
  const { stop, judged } = judging([good, bad], policy)
  assert.match(stop[0]?.reason ?? '', /the best 0\.9 at interval 2/)
  assert.deepEqual(judged, [{ index: 1, reports: 3 }])
})

test('a report that has been looked at is not looked at again when others report', () => {
  const policy = { type: 'bandit', slack_amount: 0.1, evaluation_interval: 1 }
  const slow = { ...trial(0, 'running', [0.5]), judged: 1 }
  const late = trial(1, 'running', [0.9])
  assert.deepEqual(judging([slow, late], policy).stop, [])
  assert.deepEqual(judging([slow, late], policy).judged, [{ index: 1, reports: 1 }])
  const again = { ...slow, reports: [0.5, 0.55] }
  assert.equal(judging([again, { ...late, reports: [0.9, 0.9] }], policy).stop.length, 1)
})

test('past its timeout a sweep makes no trial, stops those that run, and is then cancelled', () => {
  const limits = { max_total_trials: 9, max_concurrent_trials: 2, timeout: 60 }
  const late = { nowMs: 60_000 }
  const running = state(limits, [trial(0, 'completed', [1]), trial(1, 'running')], late)
  const reason = 'the sweep ran for its limit of 60 s (limits.timeout)'
  assert.deepEqual(decideSweep(running), {
    start: [],
    judged: [],
    stop: [{ index: 1, reason }],
  })
  const over = state(limits, [trial(0, 'completed', [1]), trial(1, 'canceled')], late)
  assert.deepEqual(decideSweep(over).finish, { bestTrial: 0, status: 'Canceled', message: reason })
})

test('a trial is stopped by the policy while it runs, once', () => {
  const policy = {
    early_termination: { type: 'bandit', slack_amount: 0.1, evaluation_interval: 1 },
  }
  const limits = { max_total_trials: 2 }
  const trials = [trial(0, 'running', [0.9]), trial(1, 'running', [0.5])]
  const asked = decideSweep({ ...state(limits, trials), settings: settings(limits, policy) })
  assert.deepEqual(
    asked.stop.map(({ index }) => index),
    [1],
  )
  const stopping = [trials[0]!, { ...trials[1]!, isStopping: true }]
  assert.deepEqual(
    decideSweep({ ...state(limits, stopping), settings: settings(limits, policy) }).stop,
    [],
  )
})
