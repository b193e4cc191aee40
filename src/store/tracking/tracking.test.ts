import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryStepsOf } from '../../../test/support/query-steps.ts'
import type { Clause } from '../../core/mlflow/search/filter.ts'
import { parseFilter } from '../../core/mlflow/search/filter.ts'
import { RUN_GRAMMAR } from '../../core/mlflow/search/grammar.ts'
import { parseOrderBy } from '../../core/mlflow/search/order-by.ts'
import { createExperiment, getExperiment } from './experiments.ts'
import { listLatestMetrics, listMetricHistory, logMetrics, sampleMetricHistory } from './metrics.ts'
import { insertRun, logParams, putRunTag, type RunRow, updateRun } from './runs.ts'
import { searchRuns } from './search-runs.ts'
import { type Scope, Tracking } from './tracking.ts'

function newRun(scope: Scope, runId: string, startTime = 0): RunRow {
  const experiment = getExperiment(scope, '0')
  const common = { experiment, userId: 'me', status: 'RUNNING', tags: [] }
  return insertRun(scope, { runId, runName: runId, startTime, ...common })
}

const point = (step: number, value: number, timestamp = 1) => ({ key: 'm', value, timestamp, step })

test('a write that fails takes nothing of the writes beside it', async () => {
  const tracking = new Tracking(':memory:')
  const scope = tracking.scope('default')
  const run = newRun(scope, 'a')
  const log = (key: string) => () => logMetrics(scope, run, [{ ...point(1, 1), key }])
  const results = await Promise.allSettled([
    tracking.writes.write(log('first')),
    tracking.writes.write(() => {
      log('undone')()
      throw new Error('no')
    }),
    tracking.writes.write(log('undone')),
  ])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  const keys = listLatestMetrics(scope, [run.run_no]).map(({ key }) => key)
  assert.deepEqual(keys, ['first', 'undone'])
  tracking.close()
})

test('the current value is that of the greatest step, then time, then value; repeats are ignored', () => {
  const tracking = new Tracking(':memory:')
  const scope = tracking.scope('default')
  const run = newRun(scope, 'a')
  logMetrics(scope, run, [point(5, 1), point(5, 1), point(9, 0.5, 2), point(9, 0.1, 2)])
  logMetrics(scope, run, [point(2, 7, 99), point(9, 0.5, 2)])
  const [latest] = listLatestMetrics(scope, [run.run_no])
  assert.deepEqual([latest?.step, latest?.value], [9, 0.5])
  const history = listMetricHistory(scope, { runNo: run.run_no, key: 'm' })
  assert.deepEqual(
    history.map(({ timestamp, step, value }) => [timestamp, step, value]),
    [
      [1, 5, 1],
      [2, 9, 0.1],
      [2, 9, 0.5],
      [99, 2, 7],
    ],
  )
  tracking.close()
})

test('steps of 64 bits, NaN and infinities are kept', () => {
  const tracking = new Tracking(':memory:')
  const scope = tracking.scope('default')
  const run = newRun(scope, 'a')
  const far = { key: 'm', value: Number.NaN, timestamp: 1, step: 9_223_372_036_854_775_807n }
  logMetrics(scope, run, [far, point(0, Infinity)])
  const [infinite, nan] = listMetricHistory(scope, { runNo: run.run_no, key: 'm' })
  assert.equal(infinite?.value, Number.MAX_VALUE)
  assert.deepEqual([nan?.step, nan?.is_nan], ['9223372036854775807', 1])
  tracking.close()
})

test('a sample is spread evenly, keeps the ends and never exceeds its size', () => {
  const tracking = new Tracking(':memory:')
  const scope = tracking.scope('default')
  const run = newRun(scope, 'a')
  logMetrics(
    scope,
    run,
    Array.from({ length: 1_000 }, (_, step) => point(step, step)),
  )
  const sample = (count: number, steps?: { from: number; to: number }) =>
    sampleMetricHistory(scope, { runNo: run.run_no, key: 'm', count, steps }).map(
      ({ step }) => step,
    )
  assert.deepEqual(sample(4), [0, 250, 500, 999])
  assert.deepEqual(sample(1), [999])
  assert.deepEqual(sample(5_000).length, 1_000)
  assert.deepEqual(sample(10, { from: 10, to: 12 }), [10, 11, 12])
  tracking.close()
})

interface Seeded {
  readonly runNo: number
  readonly id: string
  readonly start: number
  readonly metric: number | undefined
  readonly param: string | undefined
}

/** Runs of which some lack the metric, some have NaN, and many share values and times. */
function seed(scope: Scope): Seeded[] {
  return Array.from({ length: 400 }, (_, place) => {
    const id = `run-${(place * 7919) % 400}`
    const start = Math.floor(place / 3)
    const metric = place % 11 === 0 ? undefined : place % 13 === 0 ? Number.NaN : (place * 31) % 17
    const param = place % 5 === 0 ? undefined : `p${place % 4}`
    const run = newRun(scope, id, start)
    if (metric !== undefined) logMetrics(scope, run, [point(0, metric)])
    if (param !== undefined) logParams(scope, run, [{ key: 'p', value: param }])
    if (place % 2 === 0) putRunTag(scope, run, 't', 'even')
    return { runNo: run.run_no, id, start, metric, param }
  })
}

const ORDERS: readonly (readonly string[])[] = [
  [],
  ['metrics.m'],
  ['metrics.m DESC'],
  ['params.p DESC', 'metrics.m'],
  ['start_time ASC'],
]

function expected(
  rows: readonly Seeded[],
  keep: (row: Seeded) => boolean,
  order: readonly string[],
) {
  const [first = ''] = order
  const rank = ({ metric }: Seeded) => (metric === undefined ? 2 : Number.isNaN(metric) ? 1 : 0)
  const byMetric = (a: Seeded, b: Seeded) =>
    rank(a) - rank(b) ||
    (rank(a) === 0 ? ((a.metric ?? 0) - (b.metric ?? 0)) * (first.endsWith('m DESC') ? -1 : 1) : 0)
  const byParam = (a: Seeded, b: Seeded) =>
    Number(a.param === undefined) - Number(b.param === undefined) ||
    (b.param ?? '').localeCompare(a.param ?? '')
  const ties = (a: Seeded, b: Seeded) =>
    (first === 'start_time ASC' ? a.start - b.start : b.start - a.start) || (a.id < b.id ? -1 : 1)
  return rows
    .filter(keep)
    .toSorted(
      (a, b) =>
        (first.startsWith('params') ? byParam(a, b) : 0) ||
        (first.includes('s.') ? byMetric(a, b) : 0) ||
        ties(a, b),
    )
    .map(({ runNo }) => runNo)
}

const FILTERS: readonly (readonly [string, (row: Seeded) => boolean])[] = [
  ['', () => true],
  ['metrics.m > 8', ({ metric = Number.NaN }) => metric > 8],
  ['metrics.m != 8', ({ metric }) => metric !== undefined && metric !== 8],
  ["params.p = 'p1'", ({ param }) => param === 'p1'],
  ["params.p != 'p1'", ({ param }) => param !== undefined && param !== 'p1'],
  ['params.p IS NULL', ({ param }) => param === undefined],
  ["params.p LIKE '%1'", ({ param = '' }) => param.endsWith('1')],
  ["params.p ILIKE 'P%'", ({ param }) => param !== undefined],
  [
    "metrics.m <= 3 and params.p LIKE 'p%'",
    ({ metric = 99, param }) => metric <= 3 && param !== undefined,
  ],
  ['metrics.nothing > 1', () => false],
]

test('every plan of a search gives the same runs in the same order, whatever the page', () => {
  const tracking = new Tracking(':memory:')
  const scope = tracking.scope('default')
  const rows = seed(scope)
  const { experiment_no } = getExperiment(scope, '0')
  for (const [filter, keep] of FILTERS)
    for (const order of ORDERS) {
      const clauses: readonly Clause[] = parseFilter(filter, RUN_GRAMMAR)
      const search = (limit: number, offset: number) =>
        searchRuns(scope, {
          experimentNos: [experiment_no],
          lifecycles: ['active'],
          clauses,
          order: parseOrderBy(order, RUN_GRAMMAR),
          limit,
          offset,
        })
      const all = expected(rows, keep, order)
      const what = `${filter} ${order}`
      assert.deepEqual(search(1_000, 0), all, what)
      assert.deepEqual(search(20, 0), all.slice(0, 20), what)
      assert.deepEqual(search(30, 350), all.slice(350, 380), what)
    }
  tracking.close()
})

test('a part of a name, a status and a part of a text are looked up in indexes, not in the row of each run', () => {
  const tracking = new Tracking(':memory:')
  const scope = tracking.scope('default')
  const rows = seed(scope)
  const { experiment_no } = getExperiment(scope, '0')
  const stepsOf = (filter: string) => {
    const clauses = parseFilter(filter, RUN_GRAMMAR)
    const search = { experimentNos: [experiment_no], lifecycles: ['active'], clauses, order: [] }
    let found: readonly number[] = []
    const steps = queryStepsOf(tracking.db, (db) => {
      found = searchRuns({ ...scope, db }, { ...search, limit: 1_000, offset: 0 })
    })
    return { found: found.length, steps: steps.join('\n') }
  }
  for (const filter of ["run_name LIKE '%-39%'", "status = 'RUNNING' and run_name ILIKE '%-39%'"]) {
    const { found, steps } = stepsOf(filter)
    assert.equal(found, rows.filter(({ id }) => id.includes('-39')).length)
    assert.match(steps, /^SEARCH run USING COVERING INDEX run_by_start/, filter)
  }
  for (const filter of ["params.p LIKE '%1'", "params.p ILIKE 'P1'"]) {
    const { found, steps } = stepsOf(filter)
    assert.equal(found, rows.filter(({ param }) => param === 'p1').length)
    assert.match(steps, /^SEARCH d USING (COVERING )?INDEX param_by_value/m, filter)
  }
  tracking.close()
})

test('the newest runs of several experiments are merged by their start', () => {
  const tracking = new Tracking(':memory:')
  const scope = tracking.scope('default')
  const ids = ['0', createExperiment(scope, { name: 'b' }), createExperiment(scope, { name: 'c' })]
  const experiments = ids.map((id) => getExperiment(scope, id))
  const runs = Array.from({ length: 60 }, (_, place) => {
    const experiment = experiments[place % 3] ?? getExperiment(scope, '0')
    const common = { userId: 'me', status: 'RUNNING', tags: [], runName: 'r' }
    const startTime = (place * 7) % 20
    return insertRun(scope, { runId: `r${place}`, experiment, startTime, ...common })
  })
  const sorted = runs.toSorted(
    (a, b) => Number(b.start_time) - Number(a.start_time) || (a.run_id < b.run_id ? -1 : 1),
  )
  const found = searchRuns(scope, {
    experimentNos: experiments.map(({ experiment_no }) => experiment_no),
    lifecycles: ['active'],
    clauses: [],
    order: [],
    limit: 10,
    offset: 25,
  })
  assert.deepEqual(
    found,
    sorted.slice(25, 35).map(({ run_no }) => run_no),
  )
  tracking.close()
})

test('a run keeps times of 64 bits: some clients give nanoseconds', () => {
  const tracking = new Tracking(':memory:')
  const scope = tracking.scope('default')
  const startTime = 1_795_732_342_057_123_457n
  const common = { userId: 'me', status: 'RUNNING', tags: [], runName: 'r' }
  const run = insertRun(scope, {
    runId: 'r',
    experiment: getExperiment(scope, '0'),
    startTime,
    ...common,
  })
  assert.equal(run.start_time, String(startTime))
  assert.equal(updateRun(scope, run, { endTime: 5 }).end_time, 5)
  assert.equal(updateRun(scope, run, { endTime: -(2n ** 63n) }).end_time, String(-(2n ** 63n)))
  tracking.close()
})

test('workspaces share nothing but the file', () => {
  const tracking = new Tracking(':memory:')
  const [one, two] = [tracking.scope('one'), tracking.scope('two')]
  newRun(one, 'same')
  newRun(two, 'same')
  assert.notEqual(getExperiment(one, '0').experiment_no, getExperiment(two, '0').experiment_no)
  tracking.close()
})
