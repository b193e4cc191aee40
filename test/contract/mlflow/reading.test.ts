import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { getExperiment } from '../../../src/store/tracking/experiments.ts'
import { logMetrics } from '../../../src/store/tracking/metrics.ts'
import { insertRun } from '../../../src/store/tracking/runs.ts'
import { Tracking } from '../../../src/store/tracking/tracking.ts'
import { type Host, startHost } from './start-host.ts'

/** More than are searched on the server's own thread. */
const RUNS = 3_000

/** Seconds of searching, one after the other. */
const SEARCHES = 20

interface FoundRun {
  readonly info: { readonly run_id: string; readonly run_name: string }
  readonly data: { readonly tags: readonly { readonly key: string; readonly value: string }[] }
}

const runId = (place: number) => `run-${place}`

/** A server whose default experiment holds many runs, each with a metric. */
function startWithRuns(): Promise<Host> {
  const folder = mkdtempSync(path.join(tmpdir(), 'amlet-mlflow-'))
  const tracking = new Tracking(path.join(folder, 'metrics.db'))
  const scope = tracking.scope('default')
  tracking.db.transaction(() => {
    const experiment = getExperiment(scope, '0')
    for (let place = 0; place < RUNS; place += 1) {
      const run = insertRun(scope, {
        runId: runId(place),
        experiment,
        runName: `named ${place}`,
        userId: 'me',
        status: 'RUNNING',
        startTime: place,
        tags: [{ key: 'team', value: `team ${place % 7}` }],
      })
      logMetrics(scope, run, [{ key: 'loss', value: place, timestamp: 1, step: 0 }])
    }
  })
  tracking.close()
  return startHost({ folder })
}

async function post(host: Host, target: string, body: unknown) {
  const response = await fetch(`${host.url}/api/2.0/mlflow/${target}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function search(host: Host, more: Readonly<Record<string, unknown>>): Promise<FoundRun[]> {
  const { status, body } = await post(host, 'runs/search', { experiment_ids: ['0'], ...more })
  assert.equal(status, 200, JSON.stringify(body))
  return (body['runs'] ?? []) as FoundRun[]
}

test('a search in many runs sees every write that was acknowledged before it', async () => {
  await using host = await startWithRuns()
  const newest = { max_results: 2 }
  assert.deepEqual(
    (await search(host, newest)).map(({ info }) => info.run_name),
    [`named ${RUNS - 1}`, `named ${RUNS - 2}`],
  )
  const run_id = runId(RUNS - 1)
  await post(host, 'runs/set-tag', { run_id, key: 'color', value: 'red' })
  await post(host, 'runs/update', { run_id, run_name: 'renamed' })
  const [first] = await search(host, newest)
  assert.equal(first?.info.run_name, 'renamed')
  assert.ok(first?.data.tags.some(({ key, value }) => key === 'color' && value === 'red'))
  assert.equal((await search(host, { filter: "tags.color LIKE 'r%'" })).length, 1)
  await post(host, 'runs/delete', { run_id })
  assert.equal((await search(host, newest))[0]?.info.run_name, `named ${RUNS - 2}`)
  const metric = { run_id: runId(0), key: 'loss', value: 1e9, timestamp: 2, step: 1 }
  await post(host, 'runs/log-metric', metric)
  const [best] = await search(host, { max_results: 1, order_by: ['metrics.loss DESC'] })
  assert.equal(best?.info.run_id, runId(0))
})

test('a question in many runs that is wrong is refused as in few', async () => {
  await using host = await startWithRuns()
  const { status, body } = await post(host, 'runs/search', {
    experiment_ids: ['0'],
    filter: "params.p > '3'",
  })
  assert.equal(status, 400)
  assert.equal(body['error_code'], 'INVALID_PARAMETER_VALUE')
})

test('writes are answered while long searches go on', async () => {
  await using host = await startWithRuns()
  await search(host, { max_results: 1 })
  let answered = 0
  const searching = Array.from({ length: SEARCHES }, async () => {
    const found = await search(host, {
      max_results: RUNS,
      filter: "tags.team ILIKE '%EAM%' and attributes.run_name ILIKE '%ame%'",
      order_by: ['tags.team', 'metrics.loss DESC'],
    })
    answered += 1
    return found.length
  })
  await Promise.race(searching)
  const metric = { run_id: runId(5), key: 'other', value: 1, timestamp: 2, step: 0 }
  await post(host, 'runs/log-metric', metric)
  assert.ok(answered < SEARCHES, 'it did not wait for all of them')
  assert.deepEqual(await Promise.all(searching), Array(SEARCHES).fill(RUNS))
})
