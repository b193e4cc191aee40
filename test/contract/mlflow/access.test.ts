import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { jobToken } from '../../../src/api/tokens.ts'
import { openDb } from '../../../src/store/db.ts'
import { getCurrentAttempt } from '../../../src/store/job-views.ts'
import { commandYaml, ended, makeFolder, submit } from '../../support/job-files.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

const PIPELINE = `
type: pipeline
settings: {default_compute: serverless}
jobs:
  first: {type: command, command: "true", environment: {image: any}}
  second: {type: command, command: "true", environment: {image: any}}
`

interface Sent {
  readonly status: number
  readonly body: Readonly<Record<string, never>>
}

let server: TestServer
let pipeline: string
let steps: readonly [string, string]
let other: string

before(async () => {
  server = await startTestServer()
  using folder = makeFolder()
  const { client } = server
  pipeline = await submit(client, folder.write('pipe.yml', PIPELINE))
  other = await submit(client, folder.write('other.yml', commandYaml('true')))
  await Promise.all([ended(client, pipeline), ended(client, other)])
  const { value } = await client.get<{ value: { name: string }[] }>(
    `/jobs?parent_job_name=${pipeline}`,
  )
  const names = value.map(({ name }) => name)
  steps = [names[0] ?? '', names[1] ?? '']
})
after(() => server[Symbol.asyncDispose]())

/** Of the attempt that counts, or of another. */
function tokenOf(jobName: string, attempt = currentAttemptOf(jobName)): string {
  const secret = readFileSync(path.join(server.home, 'secret'), 'utf8').trim()
  return jobToken(secret, { jobName, attempt })
}

function currentAttemptOf(job: string): string {
  const db = openDb(path.join(server.home, 'amlet.db'), { readOnly: true })
  try {
    return getCurrentAttempt(db, job) ?? ''
  } finally {
    db.close()
  }
}

async function send(token: string, call: string, body?: unknown, prefix = ''): Promise<Sent> {
  const [method = 'GET', target = ''] = call.split(' ')
  const isFile = target.startsWith('mlflow-artifacts/artifacts')
  const response = await fetch(`${server.info.url}${prefix}/api/2.0/${target}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(isFile ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isFile ? String(body) : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
}

const metric = (run: string) => ({ run_id: run, key: 'm', value: 1, timestamp: 1, step: 0 })
const logTo = (token: string, run: string) =>
  send(token, 'POST mlflow/runs/log-metric', metric(run))
const runOf = async (token: string, tags: readonly unknown[] = []) => {
  const made = await send(token, 'POST mlflow/runs/create', { experiment_id: '0', tags })
  return (made.body as unknown as { run: { info: { run_id: string } } }).run.info.run_id
}

test('an attempt in whose place another runs reads, and writes nothing', async () => {
  const old = tokenOf(steps[0], randomUUID())
  const refused = [
    ['POST mlflow/runs/log-metric', metric(steps[0])],
    ['POST mlflow/runs/create', { experiment_id: '0' }],
    ['POST mlflow/runs/update', { run_id: steps[0], status: 'FINISHED' }],
    ['POST mlflow/registered-models/create', { name: 'of-an-old-attempt' }],
    ['POST mlflow/experiments/create', { name: 'of-an-old-attempt' }],
    [`PUT mlflow-artifacts/artifacts/0/${steps[0]}/artifacts/old.txt`, 'a'],
  ] as const
  for (const [call, body] of refused) {
    const { status, body: answer } = await send(old, call, body)
    assert.equal(status, 403, call)
    assert.match(answer['message'] ?? '', /This attempt of job .* is over and another one counts/)
  }
  const search = { experiment_ids: ['0'], max_results: 1 }
  assert.equal((await send(old, 'POST mlflow/runs/search', search)).status, 200)
  assert.equal((await send(old, `GET mlflow/runs/get?run_id=${steps[0]}`)).status, 200)
})

test('a step writes to its own run, its pipeline, the steps beside it and the runs that it makes', async () => {
  const token = tokenOf(steps[0])
  const nested = await runOf(token, [{ key: 'mlflow.parentRunId', value: steps[0] }])
  const second = await runOf(tokenOf(steps[1]))
  for (const run of [steps[0], pipeline, steps[1], nested, second]) {
    assert.equal((await logTo(token, run)).status, 200, run)
    const file = `mlflow-artifacts/artifacts/0/${run}/artifacts/a.txt`
    assert.equal((await send(token, `PUT ${file}`, 'a')).status, 200, run)
    const end = { run_id: run, status: 'FINISHED', end_time: 5 }
    assert.equal((await send(token, 'POST mlflow/runs/update', end)).status, 200, run)
  }
  const gone = await send(token, 'POST mlflow/runs/delete', { run_id: nested })
  assert.equal(gone.status, 200)
})

test('a step reads every run and writes to none of another submission', async () => {
  const token = tokenOf(steps[0])
  const owners = await runOf(server.token)
  await send(server.token, `PUT mlflow-artifacts/artifacts/0/${other}/artifacts/a.txt`, 'a')
  const made = await send(server.token, 'POST mlflow/logged-models', {
    experiment_id: '0',
    source_run_id: other,
  })
  const model = (made.body as unknown as { model: { info: { model_id: string } } }).model.info
    .model_id
  for (const run of [other, owners]) {
    assert.equal((await send(token, `GET mlflow/runs/get?run_id=${run}`)).status, 200)
    const file = `0/${run}/artifacts/a.txt`
    const refused: readonly (readonly [string, unknown])[] = [
      ['POST mlflow/runs/log-metric', metric(run)],
      ['POST mlflow/runs/log-batch', { run_id: run, params: [{ key: 'p', value: '1' }] }],
      ['POST mlflow/runs/log-parameter', { run_id: run, key: 'p', value: '1' }],
      ['POST mlflow/runs/set-tag', { run_id: run, key: 't', value: '1' }],
      ['POST mlflow/runs/delete-tag', { run_id: run, key: 'mlflow.runName' }],
      ['POST mlflow/runs/update', { run_id: run, run_name: 'mine' }],
      ['POST mlflow/runs/delete', { run_id: run }],
      ['POST mlflow/runs/outputs', { run_id: run, models: [{ model_id: 'm-1' }] }],
      ['POST mlflow/runs/log-inputs', { run_id: run, models: [{ model_id: 'm-1' }] }],
      ['POST mlflow/logged-models', { experiment_id: '0', source_run_id: run }],
      [`PATCH mlflow/logged-models/${model}`, { status: 'LOGGED_MODEL_READY' }],
      [`PATCH mlflow/logged-models/${model}/tags`, { tags: [{ key: 'a', value: 'b' }] }],
      [`DELETE mlflow/logged-models/${model}`, {}],
      [`PUT mlflow-artifacts/artifacts/${file}`, 'mine'],
      [`DELETE mlflow-artifacts/artifacts/${file}`, undefined],
      [`DELETE mlflow-artifacts/artifacts/0/${run}/artifacts`, undefined],
      [`DELETE mlflow-artifacts/artifacts/0/${run}`, undefined],
      ['DELETE mlflow-artifacts/artifacts/0', undefined],
      [`PUT mlflow-artifacts/artifacts/elsewhere/${steps[0]}/artifacts/x`, 'mine'],
      [`POST mlflow-artifacts/mpu/create/0/${run}/artifacts`, { path: 'a.txt', num_parts: 1 }],
      ['POST mlflow/experiments/delete', { experiment_id: '0' }],
      ['POST mlflow/experiments/update', { experiment_id: '0', new_name: 'mine' }],
    ]
    for (const [call, body] of refused) {
      const sent = await send(token, call, body)
      assert.equal(sent.status, 403, `${call} ${run}: ${JSON.stringify(sent.body)}`)
      assert.equal(sent.body['error_code'], 'PERMISSION_DENIED', call)
    }
  }
  const kept = `mlflow-artifacts/artifacts/0/${other}/artifacts/a.txt`
  const answer = await fetch(`${server.info.url}/api/2.0/${kept}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  assert.equal(await answer.text(), 'a')
})

test('a step registers what any run made, and deletes from the registry only what its own submission made', async () => {
  const token = tokenOf(steps[0])
  await send(token, 'POST mlflow/registered-models/create', { name: 'taxi' })
  const register = (run: string) =>
    send(token, 'POST mlflow/model-versions/create', {
      name: 'taxi',
      source: `runs:/${run}/model`,
      run_id: run,
    })
  assert.equal((await register(other)).status, 200)
  assert.equal((await register(steps[0])).status, 200)
  const alias = { name: 'taxi', alias: 'champion', version: '2' }
  assert.equal((await send(token, 'POST mlflow/registered-models/alias', alias)).status, 200)
  const remove = (version: string) =>
    send(token, 'DELETE mlflow/model-versions/delete', { name: 'taxi', version })
  assert.equal((await remove('1')).status, 403)
  assert.equal((await remove('2')).status, 200)
  const whole = await send(token, 'DELETE mlflow/registered-models/delete', { name: 'taxi' })
  assert.equal(whole.status, 403)
  const rename = { name: 'taxi', new_name: 'mine' }
  assert.equal((await send(token, 'POST mlflow/registered-models/rename', rename)).status, 403)
})

test('a step writes to files below an artifact location of its own, and not beside them', async () => {
  const token = tokenOf(steps[0])
  const made = await send(token, 'POST mlflow/experiments/create', {
    name: 'placed',
    artifact_location: 'mlflow-artifacts:/shared/place',
  })
  const experiment_id = String(made.body['experiment_id'])
  const run = await send(token, 'POST mlflow/runs/create', { experiment_id })
  const { info } = (run.body as unknown as { run: { info: { run_id: string } } }).run
  const put = (target: string) => send(token, `PUT mlflow-artifacts/artifacts/${target}`, 'x')
  assert.equal((await put(`shared/place/${info.run_id}/artifacts/a`)).status, 200)
  assert.equal((await put(`shared/place/a`)).status, 403)
  assert.equal((await put(`shared/other/${info.run_id}/artifacts/a`)).status, 403)
  assert.equal((await put(`shared/place/${info.run_id}/artifacts/../../a`)).status, 403)
})

test('in another workspace a step writes to what it made there', async () => {
  const token = tokenOf(steps[0])
  const second = '/mlflow/second'
  const owners = await send(server.token, 'POST mlflow/runs/create', { experiment_id: '0' }, second)
  const idOf = (sent: Sent) =>
    (sent.body as unknown as { run: { info: { run_id: string } } }).run.info.run_id
  const own = await send(token, 'POST mlflow/runs/create', { experiment_id: '0' }, second)
  const log = (run: string) => send(token, 'POST mlflow/runs/log-metric', metric(run), second)
  assert.equal((await log(idOf(own))).status, 200)
  assert.equal((await log(idOf(owners))).status, 403)
})
