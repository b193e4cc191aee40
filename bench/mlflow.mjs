// amlet's MLflow beside `mlflow server` on SQLite with one and with four workers, one after the other on the same machine with
// the same requests over raw keep-alive HTTP; then what was to be reached. Say the load: every column suffers from it.
//
// node bench/mlflow.mjs [seconds per figure] [runs to search in] [workers of mlflow server, as 1,4]
import { execFileSync } from 'node:child_process'
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { endWorkers } from '../src/cli/commands/end-workers.ts'
import { startMlflowServer } from '../test/contract/mlflow/mlflow-server.ts'
import { pythonWith } from '../test/contract/mlflow/python.ts'
import { printGoals } from './mlflow-goals.mjs'
import { Connections } from './mlflow-http.mjs'
import { seedAmlet, seedMlflow } from './mlflow-seed.mjs'
import { treeMemory } from './tree-memory.mjs'

const [seconds = '3', runCount = '50000', workers = '1,4'] = process.argv.slice(2)
const SECONDS = Number(seconds)
const RUNS = Number(runCount)
const BIG_BYTES = 200 * 1024 * 1024
const ROOT = path.resolve(import.meta.dirname, '..')

/** Calls `work` on `count` connections until time is up; per-second rate and latencies in ms. */
async function rate(count, work) {
  const latencies = []
  await work(0, -1)
  const startedAt = performance.now()
  const until = startedAt + SECONDS * 1000
  await Promise.all(
    Array.from({ length: count }, async (_, slot) => {
      for (let turn = 0; performance.now() < until; turn += 1) {
        const at = performance.now()
        await work(slot, turn)
        latencies.push(performance.now() - at)
      }
    }),
  )
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
  return {
    perSecond: (latencies.length / (performance.now() - startedAt)) * 1000,
    p50: at(0.5),
    p99: at(0.99),
  }
}

const middle = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

const point = (key, step) => ({
  key,
  value: Math.sin(step),
  timestamp: 1_700_000_000_000 + step,
  step,
})

const SEARCHES = {
  'search: newest 100': { max_results: 100 },
  'search: metric, param and tag': {
    max_results: 100,
    filter: "metrics.m0 > 0.5 and params.p1 = '3' and tags.team = 'a'",
  },
  'search: part of a name': { max_results: 100, filter: "attributes.run_name LIKE '%4321%'" },
  'search: page of 1,000': { max_results: 1_000 },
  // Last: `mlflow server` goes on with it after nobody waits any more.
  'search: top 100 by a metric': { max_results: 100, order_by: ['metrics.m2 DESC'] },
}

async function measure({ url, token, pid, startMs, seed }) {
  const figures = { 'start, ms': { value: startMs } }
  figures['memory at the start, MB'] = { value: treeMemory(pid) }
  const one = new Connections(url, token)
  const newRun = async () =>
    (await one.api('POST', 'runs/create', { experiment_id: '0' })).run.info.run_id
  const run = await newRun()
  let step = 0
  const logMetric = (connections, key) => () =>
    connections.api('POST', 'runs/log-metric', { run_id: run, ...point(key, step++) })
  figures['log-metric, 1 connection'] = await rate(1, logMetric(one, 'loss'))
  const eight = new Connections(url, token, 8)
  figures['log-metric, 8 connections'] = await rate(8, logMetric(eight, 'loss8'))
  eight.close()
  for (const size of [100, 1_000]) {
    const { perSecond, ...rest } = await rate(1, () =>
      one.api('POST', 'runs/log-batch', {
        run_id: run,
        metrics: Array.from({ length: size }, () => point('batch', step++)),
      }),
    )
    figures[`metrics by log-batch of ${size}`] = { perSecond: perSecond * size, ...rest }
  }
  const history = await newRun()
  for (let part = 0; part < 10; part += 1)
    await one.api('POST', 'runs/log-batch', {
      run_id: history,
      metrics: Array.from({ length: 1_000 }, (_, place) => point('h', part * 1_000 + place)),
    })
  figures['history of 10,000 points'] = await rate(1, () =>
    one.api('GET', `metrics/get-history?run_id=${history}&metric_key=h`),
  )
  figures['get run'] = await rate(1, () => one.api('GET', `runs/get?run_id=${run}`))
  await measureArtifacts(figures, one, run)
  const { experiment_id } = await one.api('POST', 'experiments/create', { name: 'searched' })
  await seed(experiment_id)
  const search = (connections, name) => () =>
    connections.api('POST', 'runs/search', {
      experiment_ids: [experiment_id],
      ...SEARCHES[name],
    })
  figures['log-metric while names are searched'] = await whileSearching(
    new Connections(url, token),
    (connections) => search(connections, 'search: part of a name'),
    logMetric(one, 'beside'),
  )
  for (const name of Object.keys(SEARCHES))
    figures[name] = await rate(1, search(one, name)).catch((error) => ({
      failed: error.name === 'AbortError' ? 'over 30 s' : error.message,
    }))
  figures['memory at the end, MB'] = { value: treeMemory(pid) }
  one.close()
  return figures
}

async function whileSearching(connections, searchOn, work) {
  const search = searchOn(connections)
  let isOver = false
  const searching = (async () => {
    while (!isOver) await search()
  })()
  const figure = await rate(1, work)
  isOver = true
  await searching
  connections.close()
  return figure
}

async function measureArtifacts(figures, one, run) {
  const target = (name) => `/api/2.0/mlflow-artifacts/artifacts/0/${run}/artifacts/${name}`
  const folder = mkdtempSync(path.join(tmpdir(), 'amlet-bench-mlflow-'))
  const file = path.join(folder, 'big')
  execFileSync('sh', ['-c', `head -c ${BIG_BYTES} /dev/urandom > ${file}`])
  const small = Buffer.alloc(1_024, 'x')
  figures['PUT 1 KB'] = await rate(1, () =>
    one.send('PUT', target('small'), small, { 'content-length': small.length }),
  )
  figures['GET 1 KB'] = await rate(1, () => one.send('GET', target('small')))
  const speed = async (work) => {
    const speeds = []
    for (let turn = 0; turn < 3; turn += 1) {
      const at = performance.now()
      await work()
      speeds.push(BIG_BYTES / 1_000 / (performance.now() - at))
    }
    return { value: middle(speeds) }
  }
  figures['PUT 200 MB, MB/s'] = await speed(() =>
    one.transfer('PUT', target('big'), createReadStream(file, { highWaterMark: 1 << 20 }), {
      'content-length': BIG_BYTES,
    }),
  )
  figures['GET 200 MB, MB/s'] = await speed(() => one.transfer('GET', target('big')))
  rmSync(folder, { recursive: true, force: true })
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A server as people have it: built, started in the background on a home of its own, and answering. */
async function startAmlet() {
  const home = mkdtempSync(path.join(tmpdir(), 'amlet-bench-home-'))
  const { startInBackground } = await import(path.join(ROOT, 'dist', 'client', 'start-server.js'))
  const startedAt = performance.now()
  const serverLog = path.join(home, 'server.log')
  const { url, pid } = await startInBackground({ root: home, serverLog })
  const token = readFileSync(path.join(home, 'token'), 'utf8').trim()
  const connections = new Connections(url, token)
  await connections.send('GET', '/health')
  const startMs = performance.now() - startedAt
  connections.close()
  const abandon = () => process.kill(pid)
  process.once('exit', abandon)
  return {
    ...{ url, pid, token, startMs },
    end: async () => {
      process.off('exit', abandon)
      process.kill(pid)
      // It writes until its end: what is removed before would be there again.
      while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20))
      await endWorkers(home)
      rmSync(home, { recursive: true, force: true })
    },
  }
}

async function measureAmlet() {
  execFileSync('sh', [path.join(ROOT, 'scripts', 'setup.sh')], { stdio: 'ignore' })
  const starts = []
  for (let turn = 0; turn < 2; turn += 1) {
    const { startMs, end } = await startAmlet()
    starts.push(startMs)
    await end()
  }
  const { url, pid, token, startMs, end } = await startAmlet()
  try {
    const seed = (experiment) => seedAmlet({ url, token, experiment, count: RUNS })
    return await measure({ url, token, pid, startMs: middle([...starts, startMs]), seed })
  } finally {
    await end()
  }
}

async function measureMlflow(count) {
  const python = await pythonWith('mlflow-3')
  await using server = await startMlflowServer(python, count)
  const { url, pid, startMs, database } = server
  const seed = async (experiment) => seedMlflow({ file: database, experiment, count: RUNS })
  return await measure({ url, pid, startMs, seed })
}

function shown({ perSecond, p50, p99, value, failed }) {
  if (failed !== undefined) return failed
  if (value !== undefined) return value.toFixed(0)
  return `${perSecond.toFixed(perSecond < 100 ? 1 : 0)}/s; ${p50.toFixed(1)} / ${p99.toFixed(1)} ms`
}

const sayLoad = (when) =>
  console.log(
    `load ${when}: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  )

// An `exit` ends what was started; a signal alone would leave it behind.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
sayLoad('before')
const columns = [['amlet', await measureAmlet()]]
for (const count of workers.split(',').map(Number)) {
  sayLoad(`before mlflow server --workers ${count}`)
  columns.push([`mlflow server --workers ${count}`, await measureMlflow(count)])
}
sayLoad('after')
const [[, ours], [, theirs]] = columns
const widest = Math.max(...Object.keys(ours).map((name) => name.length))
console.log(
  ['rate; p50 / p99'.padEnd(widest), ...columns.map(([name]) => name.padEnd(28))].join('  '),
)
for (const name of Object.keys(ours))
  console.log(
    [name.padEnd(widest), ...columns.map(([, figures]) => shown(figures[name]).padEnd(28))].join(
      '  ',
    ),
  )
console.log()
printGoals(ours, theirs)
