import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { Agent, createServer, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { connect } from '../../src/client/client.ts'
import type { ServerFile, ServerStatus } from '../../src/core/wire.ts'
import { homePaths } from '../../src/files/home.ts'
import { lockHome } from '../../src/server/lock.ts'
import { findProcesses, isAlive } from '../../src/worker/process-table.ts'
import { removeHome } from '../support/end-home.ts'
import { spawnServer, startTestServer } from '../support/server.ts'

test('a started server says who it is, in its folder and to whoever asks', async () => {
  await using server = await startTestServer()
  const status = await server.client.get<ServerStatus>('/server')
  assert.equal(status.pid, server.process.pid)
  assert.equal(status.url, server.info.url)
  assert.match(status.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  assert.deepEqual(status.jobs, {})
  const file = homePaths({ AMLET_HOME: server.home })
  const written = JSON.parse(readFileSync(file.serverJson, 'utf8')) as ServerFile
  assert.equal(written.pid, server.process.pid)
  const modeOf = (name: string) => (statSync(name).mode & 0o777).toString(8)
  assert.equal(modeOf(server.home), '700')
  for (const name of [file.socket, file.token, file.secret, file.serverJson])
    assert.equal(modeOf(name), '600', name)
})

test('a second server of the same home is refused and told who holds it', async () => {
  await using server = await startTestServer()
  const { child, report } = await spawnServer(server.home)
  await once(child, 'exit')
  assert.equal(child.exitCode, 1)
  assert.ok(!report.ready)
  assert.equal(report.error.code, 'HomeInUse')
  assert.match(report.error.message, new RegExp(`pid ${server.process.pid}\\b`))
})

test('a killed server leaves nothing that keeps the next one from starting', async () => {
  await using first = await startTestServer()
  await first.kill()
  await using second = await startTestServer({ home: first.home })
  assert.equal((await second.client.get<ServerStatus>('/server')).pid, second.process.pid)
})

test('the port is kept over restarts', async () => {
  await using first = await startTestServer()
  await using second = await first.restart()
  assert.equal(second.info.url, first.info.url)
})

test('a port that another program took is named, with what to do', async () => {
  await using first = await startTestServer()
  await first.stop()
  const port = Number(new URL(first.info.url).port)
  const thief = createServer().listen(port, '127.0.0.1')
  await once(thief, 'listening')
  const { child, report } = await spawnServer(first.home)
  await once(child, 'exit')
  thief.close()
  assert.ok(!report.ready)
  assert.equal(report.error.code, 'PortInUse')
  assert.match(report.error.message, new RegExp(`port ${port}\\b`))
  assert.match(report.error.details[0]?.hint ?? '', /--port 0/)
})

test('SIGTERM and `server stop` end the server with exit code 0 and remove its files', async () => {
  for (const how of ['SIGTERM', 'request'] as const) {
    await using server = await startTestServer()
    const ended = once(server.process, 'exit')
    if (how === 'request') await server.client.stopServer()
    else server.process.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
    const { serverJson, socket } = homePaths({ AMLET_HOME: server.home })
    for (const file of [serverJson, socket]) assert.throws(() => statSync(file), /ENOENT/)
  }
})

test('a server that was asked to stop has let go of its home when the answer ends', async () => {
  const home = mkdtempSync(path.join(tmpdir(), 'amlet-test-'))
  const paths = homePaths({ AMLET_HOME: home })
  for (let i = 0; i < 5; i++) {
    const { child } = await spawnServer(home)
    const client = connect({ home: paths, env: {}, autoStart: false })
    const ended = once(child, 'exit')
    await client.stopServer()
    assert.match(readFileSync(paths.serverLog, 'utf8'), / stopped\n$/)
    lockHome(paths).release()
    await ended
  }
  rmSync(home, { recursive: true })
})

test('a client starts a server when none answers, and many at once share one', async () => {
  const home = mkdtempSync(path.join(tmpdir(), 'amlet-test-'))
  const paths = homePaths({ AMLET_HOME: home })
  const started: ServerFile[] = []
  const clients = Array.from({ length: 4 }, () =>
    connect({ home: paths, env: {}, autoStart: true, onStarted: (info) => started.push(info) }),
  )
  try {
    const answers = await Promise.all(clients.map((client) => client.get<ServerStatus>('/server')))
    assert.equal(new Set(answers.map(({ pid }) => pid)).size, 1)
    assert.ok(started.length >= 1)
    assert.ok(answers[0]?.auto_started)
  } finally {
    await clients[0]?.stopServer()
    removeHome(home)
  }
})

test('a server that a job’s process starts is not taken for a process of the job', async (t) => {
  const home = mkdtempSync(path.join(tmpdir(), 'amlet-test-'))
  const attempt = '7f0c2f5e-0000-4000-8000-000000000001'
  process.env['AMLET_ATTEMPT_ID'] = attempt
  t.after(() => delete process.env['AMLET_ATTEMPT_ID'])
  const client = connect({ home: homePaths({ AMLET_HOME: home }), env: {}, autoStart: true })
  try {
    const { pid } = await client.get<ServerStatus>('/server')
    assert.ok(isAlive(pid, 0))
    assert.deepEqual(findProcesses(attempt), [])
  } finally {
    await client.stopServer()
    removeHome(home)
  }
})

test('a client that may not start a server says that none runs', async () => {
  const home = mkdtempSync(path.join(tmpdir(), 'amlet-test-'))
  const client = connect({ home: homePaths({ AMLET_HOME: home }), env: {}, autoStart: false })
  await assert.rejects(client.get('/server'), {
    code: 'ServerUnavailable',
    message: /no server is running/,
  })
  rmSync(home, { recursive: true })
})

test('an auto-started server without anything to do stops by itself', async () => {
  await using server = await startTestServer({ args: ['--auto-started', '--idle-seconds', '0.2'] })
  const [code] = await once(server.process, 'exit')
  assert.equal(code, 0)
  assert.match(readFileSync(path.join(server.home, 'server.log'), 'utf8'), /nothing to do/)
})

test('a home with a long path has its socket elsewhere, and is found', async () => {
  const parent = mkdtempSync(path.join(tmpdir(), 'amlet-test-'))
  const home = path.join(parent, 'a'.repeat(120))
  await using server = await startTestServer({ home, env: { XDG_RUNTIME_DIR: parent } })
  assert.ok(!server.info.socket.startsWith(home))
  assert.equal((await server.client.get<ServerStatus>('/server')).home, home)
  await server.stop()
  rmSync(parent, { recursive: true })
})

test('AMLET_URL and AMLET_TOKEN lead to a server over TCP, without touching the home', async () => {
  await using server = await startTestServer()
  const nowhere = homePaths({ AMLET_HOME: '/nonexistent/home' })
  const env = { AMLET_URL: server.info.url, AMLET_TOKEN: server.token }
  const client = connect({ home: nowhere, env, autoStart: true })
  assert.equal((await client.get<ServerStatus>('/server')).pid, server.process.pid)
  await assert.rejects(
    connect({ home: nowhere, env: { ...env, AMLET_TOKEN: 'x' }, autoStart: true }).get('/server'),
    { code: 'Unauthorized' },
  )
})

test('nobody answering at AMLET_URL is said, and no server is started in its place', async () => {
  // A port that the system gives to nobody who asks for any.
  const url = 'http://127.0.0.1:1'
  const home = homePaths({ AMLET_HOME: '/nonexistent/home' })
  const client = connect({ home, env: { AMLET_URL: url }, autoStart: true })
  await assert.rejects(client.get('/server'), {
    code: 'ServerUnavailable',
    message: new RegExp(url),
  })
})

test('the OpenAPI document lists every operation with its parameters', async () => {
  await using server = await startTestServer()
  const api = await server.client.get<{
    openapi: string
    paths: Record<string, Record<string, { summary: string; operationId: string }>>
  }>('/openapi.json')
  assert.equal(api.openapi, '3.1.0')
  const operations = Object.values(api.paths).flatMap((path) => Object.values(path))
  assert.ok(operations.every(({ summary }) => summary.length > 0))
  const ids = operations.map(({ operationId }) => operationId)
  assert.equal(new Set(ids).size, ids.length)
  assert.ok(api.paths['/api/events']?.['get'])
})

test('/api/v1 is the same API, another version is refused, an unknown operation is named', async () => {
  await using server = await startTestServer()
  const send = (path: string, headers = {}) =>
    fetch(`${server.info.url}${path}`, {
      headers: { authorization: `Bearer ${server.token}`, ...headers },
    })
  const v1 = await send('/api/v1/server')
  assert.equal(v1.status, 200)
  assert.equal(v1.headers.get('amlet-api-version'), '1')
  assert.equal((await send('/api/server', { 'amlet-api-version': '9' })).status, 400)
  const unknown = await send('/api/nothing')
  assert.equal(unknown.status, 501)
  assert.match(JSON.stringify(await unknown.json()), /no operation GET \/api\/nothing/)
})

test('a misspelt parameter is an error that names the known ones', async () => {
  await using server = await startTestServer()
  await assert.rejects(server.client.get('/events', { query: { form: 3 } }), {
    code: 'UsageError',
    message: 'unknown parameter "form"',
  })
})

test('a server program without a home to use says why', async () => {
  const program = path.resolve(import.meta.dirname, '../../src/server/run.ts')
  const child = spawn(process.execPath, [program, '--home', '/dev/null/home'], { stdio: 'pipe' })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  const [code] = await once(child, 'close')
  assert.equal(code, 1)
  assert.match(JSON.parse(text).error.message, /\/dev\/null\/home/)
})

test('a connection that is kept serves many requests, and the server notes nothing of it', async () => {
  await using server = await startTestServer()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const { port } = new URL(server.info.url)
  const headers = { authorization: `Bearer ${server.token}` }
  for (let i = 0; i < 30; i += 1) {
    const asked = request({ host: '127.0.0.1', port, path: '/api/jobs', headers, agent }).end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    assert.equal(response.statusCode, 200)
    response.resume()
    await once(response, 'end')
  }
  agent.destroy()
  assert.doesNotMatch(server.errors(), /Warning/)
})
