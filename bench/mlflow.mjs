// amlet's MLflow beside `mlflow server` on SQLite, one after the other on the same machine with the same requests over raw
// keep-alive HTTP: what the target says against what was measured. Say the load: both columns suffer from it.
//
// node bench/mlflow.mjs [workers] [seconds per figure] [runs to search in]
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { endWorkers } from '../src/cli/commands/end-workers.ts'
import { startMlflowServer } from '../test/contract/mlflow/mlflow-server.ts'
import { pythonWith } from '../test/contract/mlflow/python.ts'

const [workers = '1', seconds = '3', runCount = '50000'] = process.argv.slice(2)
const SECONDS = Number(seconds)
const RUNS = Number(runCount)
/** What takes longer than this is not measured to the end. */
const LONGEST_MS = 30_000
const BIG_BYTES = 200 * 1024 * 1024

/** One kept connection, as plain as it can be: the client shares the machine with what it measures. */
class RawConnection {
  static async open({ hostname, port }) {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    await once(socket, 'connect')
    return new RawConnection(socket)
  }

  constructor(socket) {
    this.socket = socket
    this.chunks = []
    this.size = 0
    this.needed = undefined
    socket.on('data', (chunk) => this.receive(chunk))
    socket.once('error', (error) => this.fail?.(error))
    socket.once('close', () => this.fail?.(new Error('the server closed the connection')))
  }

  exchange(bytes) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.socket.destroy()
        reject(Object.assign(new Error('too long'), { name: 'AbortError' }))
      }, LONGEST_MS)
      this.done = (answer) => {
        clearTimeout(timer)
        resolve(answer)
      }
      this.fail = reject
      this.socket.write(bytes)
    })
  }

  receive(chunk) {
    this.chunks.push(chunk)
    this.size += chunk.length
    if (this.needed === undefined) {
      const all = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks)
      const end = all.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = all.toString('latin1', 0, end)
      this.status = Number(head.slice(9, 12))
      this.headSize = end + 4
      this.needed = this.headSize + Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    }
    if (this.size < this.needed) return
    const { chunks, status, headSize, done } = this
    this.chunks = []
    this.size = 0
    this.needed = undefined
    done({ status, text: () => Buffer.concat(chunks).toString('utf8', headSize) })
  }
}

/** One keep-alive connection a slot. */
class Connections {
  constructor(base, token, count = 1) {
    this.base = base
    this.url = new URL(base)
    this.idle = []
    this.headers = token ? { authorization: `Bearer ${token}` } : {}
    this.agent = new Agent({ keepAlive: true, maxSockets: count, noDelay: true })
  }

  /** A small request, in one write on a connection that is kept. */
  async send(method, target, body, headers = {}) {
    // A server closes what was idle for long.
    this.idle = this.idle.filter(({ socket }) => !socket.destroyed)
    const connection = this.idle.pop() ?? (await RawConnection.open(this.url))
    const lines = Object.entries({ ...this.headers, ...headers }).map(
      ([key, value]) => `${key}: ${value}\r\n`,
    )
    const head = `${method} ${this.url.pathname.replace(/\/$/, '')}${target} HTTP/1.1\r\nhost: ${this.url.host}\r\n${lines.join('')}\r\n`
    const { status, text } = await connection.exchange(
      body === undefined ? Buffer.from(head) : Buffer.concat([Buffer.from(head), body]),
    )
    this.idle.push(connection)
    if (status !== 200) throw new Error(`${method} ${target}: ${status} ${text().slice(0, 300)}`)
    return { text: text() }
  }

  /** A large body, either way. */
  transfer(method, target, body, headers = {}) {
    return new Promise((resolve, reject) => {
      const sending = request(`${this.base}${target}`, {
        method,
        agent: this.agent,
        headers: { ...this.headers, ...headers },
      })
      sending.once('error', reject)
      sending.once('response', (response) => {
        response.on('data', () => {})
        response.once('end', () =>
          response.statusCode === 200
            ? resolve()
            : reject(new Error(`${method} ${target}: ${response.statusCode}`)),
        )
      })
      if (body === undefined) sending.end()
      else body.pipe(sending)
    })
  }

  async api(method, name, body) {
    const text = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    const headers = text && { 'content-type': 'application/json', 'content-length': text.length }
    return JSON.parse((await this.send(method, `/api/2.0/mlflow/${name}`, text, headers)).text)
  }

  close() {
    for (const connection of this.idle) connection.socket.destroy()
    this.agent.destroy()
  }
}

/** Calls `work` on `count` connections until time is up; per-second rate and latencies in ms. */
async function rate(count, work) {
  const latencies = []
  await work(0, -1)
  const until = performance.now() + SECONDS * 1000
  const startedAt = performance.now()
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

function treeMemory(pid) {
  const parents = new Map()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)))
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
      parents.set(Number(name), Number(parent))
    } catch {
      // It has ended meanwhile.
    }
  const isBelow = (process) =>
    process === pid || (parents.has(process) && process > 1 && isBelow(parents.get(process)))
  let bytes = 0
  for (const process of parents.keys())
    if (isBelow(process))
      try {
        bytes +=
          Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${process}/status`, 'utf8'))?.[1] ?? 0) *
          1024
      } catch {
        // It has ended meanwhile.
      }
  return bytes / 1024 / 1024
}

const point = (key, step) => ({
  key,
  value: Math.sin(step),
  timestamp: 1_700_000_000_000 + step,
  step,
})

/** What run `place` of the searched experiment holds. */
const seeded = (place) => ({
  name: `run-${place}`,
  start: 1_700_000_000_000 + place,
  metrics: Object.fromEntries(
    Array.from({ length: 5 }, (_, key) => [`m${key}`, ((place * (key + 7919)) % 10_007) / 10_007]),
  ),
  params: Object.fromEntries(
    Array.from({ length: 5 }, (_, key) => [`p${key}`, String((place * (key + 3)) % 20)]),
  ),
  tags: { team: ['a', 'b', 'c', 'd'][place % 4], 'mlflow.runName': `run-${place}` },
})

async function seedAmlet(url, token, experiment) {
  const connections = new Connections(url, token, 8)
  await Promise.all(
    Array.from({ length: 8 }, async (_, slot) => {
      for (let place = slot; place < RUNS; place += 8) {
        const { name, start, metrics, params, tags } = seeded(place)
        const { run } = await connections.api('POST', 'runs/create', {
          experiment_id: experiment,
          run_name: name,
          start_time: start,
          user_id: 'me',
        })
        const pairs = (map) => Object.entries(map).map(([key, value]) => ({ key, value }))
        await connections.api('POST', 'runs/log-batch', {
          run_id: run.info.run_id,
          metrics: Object.entries(metrics).map(([key, value]) => ({
            key,
            value,
            timestamp: 1,
            step: 0,
          })),
          params: pairs(params),
          tags: pairs(tags),
        })
      }
    }),
  )
  connections.close()
}

/** Over REST this takes half an hour: the rows go into MLflow's own tables. */
function seedMlflow(file, experiment) {
  const db = new DatabaseSync(file, { timeout: 60_000 })
  db.exec('begin')
  const run = db.prepare(
    `insert into runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
       source_version, lifecycle_stage, artifact_uri, experiment_id)
     values (?, ?, 'UNKNOWN', '', '', 'me', 'RUNNING', ?, '', 'active', ?, ?)`,
  )
  const rows = (table) =>
    db.prepare(
      `insert into ${table} (key, value, timestamp, run_uuid, step, is_nan) values (?, ?, 1, ?, 0, 0)`,
    )
  const [metric, latest] = [rows('metrics'), rows('latest_metrics')]
  const pair = (table) => db.prepare(`insert into ${table} (key, value, run_uuid) values (?, ?, ?)`)
  const [param, tag] = [pair('params'), pair('tags')]
  for (let place = 0; place < RUNS; place += 1) {
    const { name, start, metrics, params, tags } = seeded(place)
    const id = place.toString(16).padStart(32, '0')
    run.run(id, name, start, `mlflow-artifacts:/${experiment}/${id}/artifacts`, Number(experiment))
    for (const [key, value] of Object.entries(metrics)) {
      metric.run(key, value, id)
      latest.run(key, value, id)
    }
    for (const [key, value] of Object.entries(params)) param.run(key, value, id)
    for (const [key, value] of Object.entries(tags)) tag.run(key, value, id)
  }
  db.exec('commit')
  db.close()
}

const SEARCHES = {
  'search: newest 100': { max_results: 100 },
  'search: metric, param and tag': {
    max_results: 100,
    filter: "metrics.m0 > 0.5 and params.p1 = '3' and tags.team = 'a'",
  },
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
  figures['log-metric, 1 connection'] = await rate(1, () =>
    one.api('POST', 'runs/log-metric', { run_id: run, ...point('loss', step++) }),
  )
  const eight = new Connections(url, token, 8)
  figures['log-metric, 8 connections'] = await rate(8, () =>
    eight.api('POST', 'runs/log-metric', { run_id: run, ...point('loss8', step++) }),
  )
  const batch = (size) => () =>
    one.api('POST', 'runs/log-batch', {
      run_id: run,
      metrics: Array.from({ length: size }, () => point('batch', step++)),
    })
  for (const size of [100, 1_000]) {
    const { perSecond, ...rest } = await rate(1, batch(size))
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
  for (const [name, search] of Object.entries(SEARCHES))
    figures[name] = await rate(1, () =>
      one.api('POST', 'runs/search', { experiment_ids: [experiment_id], ...search }),
    ).catch((error) => ({ failed: error.name === 'AbortError' ? 'over 30 s' : error.message }))
  figures['memory at the end, MB'] = { value: treeMemory(pid) }
  one.close()
  eight.close()
  return figures
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
    return { value: speeds.toSorted((a, b) => a - b)[1] }
  }
  figures['PUT 200 MB, MB/s'] = await speed(() =>
    one.transfer('PUT', target('big'), createReadStream(file, { highWaterMark: 1 << 20 }), {
      'content-length': BIG_BYTES,
    }),
  )
  figures['GET 200 MB, MB/s'] = await speed(() => one.transfer('GET', target('big')))
  rmSync(folder, { recursive: true })
}

/** The server as people have it: built, started by a command in the background. */
async function measureAmlet() {
  const home = mkdtempSync(path.join(tmpdir(), 'amlet-bench-home-'))
  const root = path.resolve(import.meta.dirname, '..')
  execFileSync('sh', [path.join(root, 'scripts', 'setup.sh')], { stdio: 'ignore' })
  const { startInBackground } = await import(path.join(root, 'dist', 'client', 'start-server.js'))
  const startedAt = performance.now()
  const { url, pid } = await startInBackground({
    root: home,
    serverLog: path.join(home, 'server.log'),
  })
  const token = readFileSync(path.join(home, 'token'), 'utf8').trim()
  const connections = new Connections(url, token)
  await connections.send('GET', '/health')
  connections.close()
  const startMs = performance.now() - startedAt
  try {
    const seed = (experiment) => seedAmlet(url, token, experiment)
    return await measure({ url, token, pid, startMs, seed })
  } finally {
    process.kill(pid)
    endWorkers(home)
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

async function measureMlflow() {
  const python = await pythonWith('mlflow-3')
  await using server = await startMlflowServer(python, Number(workers))
  const { url, pid, startMs, database } = server
  return await measure({
    url,
    pid,
    startMs,
    seed: async (experiment) => seedMlflow(database, experiment),
  })
}

function shown({ perSecond, p50, p99, value, failed }) {
  if (failed !== undefined) return failed
  if (value !== undefined) return value.toFixed(0)
  return `${perSecond.toFixed(perSecond < 100 ? 1 : 0)}/s; ${p50.toFixed(1)} / ${p99.toFixed(1)} ms`
}

function ratio(ours, theirs) {
  if (ours.failed !== undefined || theirs.failed !== undefined) return ''
  return `${((ours.perSecond ?? ours.value) / (theirs.perSecond ?? theirs.value)).toPrecision(3)}×`
}

console.log(
  `load before: ${loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')}`,
)
const ours = await measureAmlet()
for (const [name, figure] of Object.entries(ours)) console.log(`  ${name}: ${shown(figure)}`)
console.log(`load between: ${loadavg()[0].toFixed(1)}`)
const theirs = await measureMlflow()
console.log(`load after: ${loadavg()[0].toFixed(1)}`)
const widest = Math.max(...Object.keys(ours).map((name) => name.length))
console.log(
  `${'p50 / p99'.padEnd(widest)}  ${'amlet'.padEnd(30)}  ${`mlflow server, ${workers} workers`.padEnd(30)}`,
)
for (const [name, figure] of Object.entries(ours))
  console.log(
    `${name.padEnd(widest)}  ${shown(figure).padEnd(30)}  ${shown(theirs[name]).padEnd(30)}  ${ratio(figure, theirs[name])}`,
  )
