import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { VerifyReport } from '../../src/assets/verify.ts'
import { type Client, connect } from '../../src/client/client.ts'
import type { StreamEvent } from '../../src/core/wire.ts'
import { homePaths } from '../../src/files/home.ts'
import {
  commandYaml,
  ended,
  follow,
  type Json,
  logOf,
  makeFolder,
  submit,
} from '../support/job-files.ts'
import { startTestServer } from '../support/server.ts'

const WRITES = commandYaml(
  'echo kept > ${{outputs.o}}/f.txt',
  'outputs:\n  o: {type: uri_folder, name: made}\n',
)

test('a backup made while a job runs opens elsewhere, beside the original, with jobs, assets and bytes', async () => {
  await using server = await startTestServer()
  using folder = makeFolder()
  const { client } = server
  const name = await submit(client, folder.write('job.yml', WRITES))
  await ended(client, name)
  const running = await submit(client, folder.write('long.yml', commandYaml('sleep 600')))
  const target = path.join(folder.path, 'copy')
  await client.post('/server/backup', { path: target })
  await client.post(`/jobs/${running}/cancel`)

  await using copy = await startTestServer({ home: target })
  assert.notEqual(copy.info.url, server.info.url)
  const { value } = await copy.client.get<{ value: { local_path: string }[] }>(
    `/jobs/${name}/outputs`,
  )
  const file = path.join(value[0]?.local_path ?? '', 'f.txt')
  assert.ok(file.startsWith(target))
  assert.equal(readFileSync(file, 'utf8'), 'kept\n')
  assert.equal((await copy.client.get<Json>('/data/made/versions/1'))['name'], 'made')
})

test('what runs while a backup is made is its own home’s: the copy tries it again and ends nothing there', async () => {
  await using server = await startTestServer()
  using folder = makeFolder()
  const gate = path.join(folder.path, 'gate')
  const waits = `echo started; until [ -e '${gate}' ]; do sleep 0.05; done`
  const name = await submit(server.client, folder.write('job.yml', commandYaml(waits)))
  const started = async (client: Client) => {
    for await (const event of client.stream<StreamEvent>(`/jobs/${name}/stream`, {}))
      if (event.type === 'log' && event.text.includes('started')) return
  }
  await started(server.client)
  const target = path.join(folder.path, 'copy')
  await server.client.post('/server/backup', { path: target })
  {
    await using copy = await startTestServer({ home: target })
    await started(copy.client)
    await copy.client.post(`/jobs/${name}/cancel`)
    assert.equal((await ended(copy.client, name))['status'], 'Canceled')
  }
  assert.equal((await server.client.get<Json>(`/jobs/${name}`))['status'], 'Running')
  writeFileSync(gate, '')
  assert.equal((await ended(server.client, name))['status'], 'Completed')
})

test('a backup is refused where something is, and inside the home', async () => {
  await using server = await startTestServer()
  using folder = makeFolder()
  folder.write('precious.txt', 'x')
  for (const target of [folder.path, path.join(server.home, 'copy')])
    await assert.rejects(server.client.post('/server/backup', { path: target }), {
      code: 'InvalidState',
    })
  await assert.rejects(server.client.post('/server/backup', { path: 'relative' }), {
    code: 'UsageError',
  })
  assert.equal(readFileSync(path.join(folder.path, 'precious.txt'), 'utf8'), 'x')
})

test('gc says what would go and keeps what jobs and assets name', async () => {
  await using server = await startTestServer()
  using folder = makeFolder()
  const params = { name: 'd', type: 'uri_file', path: folder.write('d.csv', '1\n') }
  await server.client.post('/data', { cwd: folder.path, params })
  const kept = await server.client.post<{ items: unknown[] }>('/gc', { dry_run: true })
  assert.deepEqual(kept.items, [])
  await server.client.delete('/data/d/versions/1')
  const freed = await server.client.post<{ items: { path: string }[] }>('/gc', { dry_run: true })
  assert.ok(freed.items.length >= 1)
})

test('verify names what is no longer what was stored, and the versions that it is; storing it again mends it', async () => {
  await using server = await startTestServer()
  using folder = makeFolder()
  const { client, home } = server
  const create = (name: string) => {
    const params = { name, type: 'uri_file', path: folder.write(`${name}.csv`, name) }
    return client.post<{ warnings: { message: string }[] }>('/data', { cwd: folder.path, params })
  }
  await create('whole')
  await create('rotten')
  const verify = () => client.post<VerifyReport>('/server/verify')
  assert.deepEqual(await verify(), { checked: 2, size_bytes: 11, damaged: [] })
  const uploads = path.join(home, 'datastores/workspaceblobstore/LocalUpload')
  const [file = ''] = readdirSync(uploads, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('rotten.csv'),
  )
  chmodSync(path.join(uploads, file), 0o600)
  writeFileSync(path.join(uploads, file), 'ROTTEN')
  const { damaged } = await verify()
  assert.deepEqual(
    damaged.map(({ path: where, used_by }) => [where, used_by]),
    [[path.join(uploads, file), ['data rotten:1']]],
  )
  const { warnings } = await create('rotten')
  assert.match(warnings[0]?.message ?? '', /stored copy of rotten\.csv was damaged/)
  assert.deepEqual((await verify()).damaged, [])
})

test('gc lets be what a running job reads, writes and runs in, even when it was deleted or is long unused', async () => {
  await using server = await startTestServer()
  using folder = makeFolder()
  const { client, home } = server
  const params = { name: 'd', type: 'uri_file', path: folder.write('d.csv', 'kept') }
  await client.post('/data', { cwd: folder.path, params })
  const gate = path.join(folder.path, 'gate')
  const command = `echo half >\${{outputs.o}}/f; until [ -e '${gate}' ]; do sleep 0.05; done; cat \${{inputs.d}}`
  const ports =
    'inputs:\n  d: {type: uri_file, path: azureml:d:1}\noutputs:\n  o: {type: uri_folder}\n'
  const yaml = commandYaml(command, ports)
  const file = folder.write('j.yml', yaml)
  const { job } = await client.post<{ job: { name: string } }>('/jobs', { file, cwd: folder.path })
  for await (const event of client.stream<StreamEvent>(`/jobs/${job.name}/stream`, {}))
    if (event.type === 'job' && event.job.status === 'Running') break
  const [digest = ''] = readdirSync(path.join(home, 'environments')).filter((name) =>
    /^[0-9a-f]{64}$/.test(name),
  )
  const receipt = path.join(home, 'environments', digest, 'amlet-environment.json')
  const age = () => utimesSync(receipt, 0, 0)
  age()
  await client.delete('/data/d/versions/1')
  const collect = () => client.post<{ items: { path: string }[] }>('/gc', { dry_run: false })
  assert.deepEqual((await collect()).items, [])
  writeFileSync(gate, '')
  const events = await follow(client, job.name)
  assert.match(logOf(events), /kept/)
  age()
  const { items } = await collect()
  assert.deepEqual(
    items.map((item) => path.basename(item.path)),
    [digest],
  )
})

const PIPELINE = `
type: pipeline
settings: {default_compute: serverless}
jobs:
  a:
    type: command
    command: echo a ran; echo 1 > \${{outputs.o}}/f
    environment: {image: any}
    outputs: {o: {type: uri_folder}}
  b:
    type: command
    command: test -e MARK && echo b ran
    environment: {image: any}
    inputs: {i: {type: uri_folder, path: "\${{parent.jobs.a.outputs.o}}"}}
`

test('a failed pipeline is resumed from what it finished, or from the step that is named', async () => {
  await using server = await startTestServer()
  using folder = makeFolder()
  const { client } = server
  const mark = path.join(folder.path, 'mark')
  const name = await submit(client, folder.write('p.yml', PIPELINE.replace('MARK', mark)))
  assert.equal((await ended(client, name))['status'], 'Failed')
  mkdirSync(mark)
  const resume = async (body: Json) => {
    const { job } = await client.post<{ job: { name: string } }>(`/jobs/${name}/resume`, body)
    const events = await follow(client, job.name)
    const end = events.at(-1)
    return { log: logOf(events), status: end?.type === 'end' && end.job['status'] }
  }
  const first = await resume({})
  assert.equal(first.status, 'Completed')
  assert.match(first.log, /b ran/)
  assert.doesNotMatch(first.log, /a ran/)
  assert.match((await resume({ from: 'a' })).log, /a ran/)
  await assert.rejects(resume({ from: 'c' }), { code: 'ResourceNotFound', message: /"c"/ })
})

test('a pipeline is resumed with the mended file and code, and keeps what finished, forced or not', async () => {
  await using server = await startTestServer()
  using folder = makeFolder()
  const { client } = server
  const text = PIPELINE.replace('test -e MARK', 'bash run.sh').replace(
    'echo b ran\n',
    'echo b ran\n    code: src\n',
  )
  folder.write('src/run.sh', 'exit 1')
  const file = folder.write('p.yml', text.replace('serverless}', 'serverless, force_rerun: true}'))
  const name = await submit(client, file)
  assert.equal((await ended(client, name))['status'], 'Failed')
  folder.write('src/run.sh', 'echo mended')
  const body = { file, cwd: folder.path, environment: 'machine', resumes: name }
  const { job } = await client.post<{ job: { name: string } }>('/jobs', body)
  const log = logOf(await follow(client, job.name))
  assert.match(log, /mended\nb ran/)
  assert.doesNotMatch(log, /a ran/)
  const unknown = { ...body, from: 'c' }
  await assert.rejects(client.post('/jobs', unknown), { code: 'ResourceNotFound', message: /"c"/ })
  await assert.rejects(client.post('/jobs', { ...body, resumes: `${job.name}-a` }), {
    code: 'InvalidState',
    message: /whole jobs are resumed/,
  })
})

test('why a step was not reused is told by the part and the file that differ', async () => {
  await using server = await startTestServer()
  using folder = makeFolder()
  const { client } = server
  const text = `
type: pipeline
settings: {default_compute: serverless}
jobs:
  s: {type: command, code: ./src, command: sh run.sh, environment: {image: any}}
`
  folder.write('src/run.sh', 'echo 1\n')
  const file = folder.write('p.yml', text)
  const first = await submit(client, file)
  await ended(client, first)
  const same = await submit(client, file)
  await ended(client, same)
  folder.write('src/run.sh', 'echo 2\n')
  const other = await submit(client, file)
  await ended(client, other)
  const explain = async (name: string) =>
    (
      await client.get<{ value: { reason: string; reused_from: string | null }[] }>(
        `/jobs/${name}/explain-reuse`,
      )
    ).value[0]
  assert.equal((await explain(same))?.reused_from, `${first}-s`)
  assert.match((await explain(other))?.reason ?? '', /^code differs from .*\(run\.sh\)/)
})

test('a home that cannot be written is said when a server is to be started', async () => {
  const home = homePaths({ AMLET_HOME: '/dev/null/home' })
  const client = connect({ home, env: {}, autoStart: true })
  await assert.rejects(client.get('/server'), {
    code: 'StorageFailure',
    message: /\/dev\/null\/home/,
  })
})
