import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { JobChange, StreamEvent } from '../../src/core/wire.ts'
import {
  commandYaml,
  ended,
  type Folder,
  follow,
  type Json,
  logOf,
  makeFolder,
  submit,
} from '../support/job-files.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let folder: Folder

before(async () => {
  server = await startTestServer()
  folder = makeFolder()
})
after(async () => {
  folder[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

const WRITES = commandYaml(
  'echo one; echo two >&2; echo kept > ${{outputs.o}}/f.txt',
  'outputs:\n  o: {type: uri_folder}\n',
)
const SWEEP = `
type: sweep
compute: local
trial: {command: "true", environment: {image: any}}
search_space: {x: {type: choice, values: [1]}}
objective: {goal: minimize, primary_metric: loss}
limits: {max_total_trials: 1}
`
const PIPELINE = `
type: pipeline
settings: {default_compute: serverless}
jobs:
  first:
    type: command
    command: echo from first; echo 7 > \${{outputs.n}}/n.txt
    environment: {image: any}
    outputs:
      n: {type: uri_folder}
  second:
    type: command
    command: cat \${{inputs.n}}/n.txt; echo from second
    environment: {image: any}
    inputs:
      n: {type: uri_folder, path: "\${{parent.jobs.first.outputs.n}}"}
`

test('a job is submitted, streamed, shown, and its output can be had', async () => {
  const { client } = server
  const name = await submit(client, folder.write('job.yml', WRITES))
  const events = await follow(client, name)
  assert.match(logOf(events), /one\n/)
  assert.match(logOf(events), /two\n/)
  const statuses = events.flatMap((event) => (event.type === 'job' ? [event.job.status] : []))
  assert.equal(statuses.at(-1), 'Completed')
  const job = await client.get<Json>(`/jobs/${name}`)
  assert.equal(job['status'], 'Completed')
  assert.match(String(job['id']), /^azureml:\/subscriptions\/.+\/jobs\//)
  const outputs = await client.get<{ value: { name: string; local_path: string }[] }>(
    `/jobs/${name}/outputs`,
  )
  assert.equal(readFileSync(`${outputs.value[0]?.local_path}/f.txt`, 'utf8'), 'kept\n')
  const { value } = await client.get<{ value: { type: string }[] }>(`/jobs/${name}/events`)
  assert.equal(value[0]?.type, 'created')
  assert.equal(value.at(-1)?.type, 'completed')
})

test('who follows a job is told how it goes, not what it is made of', async () => {
  const { client } = server
  const file = folder.write('brief.yml', PIPELINE)
  const set = ['jobs.first.command=echo 8 > ${{outputs.n}}/n.txt']
  const body = { file, set, cwd: folder.path, environment: 'machine', brief: true }
  const { job } = await client.post<{ job: Json }>('/jobs', body)
  const { services, status, ...rest } = job
  assert.deepEqual(Object.keys(rest).sort(), ['display_name', 'name', 'type'])
  assert.match(JSON.stringify(services), new RegExp(`/jobs/${job['name']}"`))
  assert.match(String(status), /^(Preparing|Running)$/)
  const last = (await follow(client, String(job['name']), { brief: true })).at(-1)
  assert.deepEqual(last, { type: 'end', job: { ...job, status: 'Completed' } })
  const whole = (await follow(client, String(job['name']))).at(-1)
  assert.deepEqual(whole, { type: 'end', job: await client.get(`/jobs/${job['name']}`) })
})

test('a download lists logs and outputs, and every file can be fetched over TCP too', async () => {
  const { client } = server
  const name = await submit(client, folder.write('job.yml', WRITES))
  await ended(client, name)
  const { files } = await client.get<{ files: { to: string; from: string; url: string }[] }>(
    `/jobs/${name}/download`,
    { query: { all: true } },
  )
  assert.deepEqual(files.map(({ to }) => to).sort(), [
    'artifacts/user_logs/std_log.txt',
    'named-outputs/o/f.txt',
  ])
  for (const { from, url } of files) {
    const answer = await fetch(`${server.info.url}/api${url}`, {
      headers: { authorization: `Bearer ${server.token}` },
    })
    assert.equal(answer.status, 200)
    assert.equal(await answer.text(), readFileSync(from, 'utf8'))
  }
})

test('no file path of a job that has files leads out of them', async () => {
  const { client } = server
  const name = await submit(
    client,
    folder.write(
      'job.yml',
      commandYaml('mkdir -p outputs; ln -s /etc/passwd outputs/link; ln -s / outputs/root'),
    ),
  )
  await ended(client, name)
  const paths = [
    'outputs/link',
    'outputs/root/etc/passwd',
    '..%2f..%2f..%2ftoken',
    'user_logs/..%2f..%2fattempt.json',
  ]
  for (const path of paths) {
    const answer = await fetch(`${server.info.url}/api/jobs/${name}/files/${path}`, {
      headers: { authorization: `Bearer ${server.token}` },
    })
    assert.equal(answer.status, 404, `${path}: ${await answer.text()}`)
  }
})

test('a pipeline streams the lines of its steps under their names, parent last', async () => {
  const { client } = server
  const name = await submit(client, folder.write('pipeline.yml', PIPELINE))
  const events = await follow(client, name)
  assert.match(logOf(events, 'first'), /from first/)
  assert.match(logOf(events, 'second'), /7\nfrom second/)
  const end = events.at(-1)
  assert.equal(end?.type === 'end' && end.job['status'], 'Completed')
  const { value } = await client.get<{ value: Json[] }>('/jobs', {
    query: { parent_job_name: name },
  })
  assert.deepEqual(
    value.map(({ step }) => step),
    ['first', 'second'],
  )
  const story = (await follow(client, name)).flatMap((event) => {
    if (event.type === 'job' && event.job.step === 'first') return [event.job.status]
    return event.type === 'log' && event.step === 'first' ? ['its lines'] : []
  })
  assert.deepEqual([...new Set(story)], ['Running', 'its lines', 'Completed'], 'when all is over')
  assert.equal(story.at(-1), 'Completed')
  const only = await follow(client, name, { step: 'second' })
  assert.equal(logOf(only, 'first'), '')
  assert.equal((await client.get<Json>(`/jobs/${name}.second`))['status'], 'Completed')
})

test('a brief list has the rows of the table, without what the YAML of jobs says', async () => {
  const { client } = server
  const yaml = PIPELINE.replace('type: pipeline', 'type: pipeline\ncompute: azureml:local')
  const names = [
    await submit(client, folder.write('brief.yml', yaml)),
    await submit(client, folder.write('brief-job.yml', commandYaml('true'))),
    await submit(client, folder.write('brief-sweep.yml', SWEEP)),
  ]
  for (const name of names) await ended(client, name)
  const rows = async (query: Record<string, boolean | number | string>) =>
    (await client.get<{ value: Json[] }>('/jobs', { query: { ...query, max_results: 3 } })).value
  const columns = ['name', 'status', 'experiment_name', 'compute', 'type', 'creation_context']
  const pick = (row: Json) => columns.map((column) => row[column])
  const [whole, brief] = [await rows({}), await rows({ brief: true })]
  assert.deepEqual(brief.map(pick), whole.map(pick))
  assert.ok(whole.some((row) => row['jobs'] !== undefined && row['compute'] === 'azureml:local'))
  for (const row of brief) assert.deepEqual([row['jobs'], row['command']], [undefined, undefined])
})

test('a stream goes on behind its cursor: nothing twice, nothing left out', async () => {
  const { client } = server
  const name = await submit(
    client,
    folder.write('job.yml', commandYaml('for i in $(seq 1 40); do echo line $i; sleep 0.02; done')),
  )
  let cursor: string | undefined
  let text = ''
  for (let isOver = false; !isOver; ) {
    const abort = new AbortController()
    try {
      for await (const event of client.stream<StreamEvent>(`/jobs/${name}/stream`, {
        query: { cursor },
        signal: abort.signal,
      })) {
        if (event.type === 'end') isOver = true
        if (event.type !== 'log') continue
        cursor = event.cursor
        text += event.text
        abort.abort()
      }
    } catch (error) {
      assert.ok(abort.signal.aborted, String(error))
    }
  }
  assert.equal(text, Array.from({ length: 40 }, (_, i) => `line ${i + 1}\n`).join(''))
})

test('a file with problems gives all of them with their places, and records nothing', async () => {
  const { client } = server
  const before = await client.get<{ total: number }>('/jobs')
  const file = folder.write(
    'bad.yml',
    'type: command\ncomand: echo\nenvironment: {image: x}\nlimits: {timeout: soon}\n',
  )
  await assert.rejects(
    submit(client, file),
    (error: { diagnostics: { message: string; source?: { line: number } }[] }) => {
      assert.deepEqual(error.diagnostics.map(({ source }) => source?.line).sort(), [2, 4])
      return true
    },
  )
  assert.equal((await client.get<{ total: number }>('/jobs')).total, before.total)
  const verdict = await client.post<{ result: string; errors: unknown[] }>('/jobs/validate', {
    file,
    cwd: folder.path,
  })
  assert.equal(verdict.result, 'Failed')
  assert.equal(verdict.errors.length, 2)
})

test('a file that is not there, and a model nobody knows, are named', async () => {
  const { client } = server
  await assert.rejects(submit(client, `${folder.path}/nothing.yml`), {
    code: 'FileNotFound',
    message: /nothing\.yml/,
  })
  const inputs = 'inputs:\n  m: {type: mlflow_model, path: "azureml:nobody@latest"}\n'
  await assert.rejects(
    submit(client, folder.write('m.yml', commandYaml('ls ${{inputs.m}}', inputs))),
    {
      message: /nobody/,
    },
  )
})

test('a cancelled job ends Canceled, and its stream with it', async () => {
  const { client } = server
  const name = await submit(
    client,
    folder.write('long.yml', commandYaml('echo started; sleep 600')),
  )
  for await (const event of client.stream<StreamEvent>(`/jobs/${name}/stream`)) {
    if (event.type === 'log') await client.post(`/jobs/${name}/cancel`)
    if (event.type === 'end') assert.equal(event.job['status'], 'Canceled')
  }
  await assert.rejects(client.post(`/jobs/${name}/cancel`), { code: 'InvalidState' })
})

test('an archived job leaves the list and comes back; tags and names can be changed, the command cannot', async () => {
  const { client } = server
  const name = await submit(client, folder.write('job.yml', commandYaml('true')))
  await ended(client, name)
  const names = async (query = {}) =>
    (await client.get<{ value: { name: string }[] }>('/jobs', { query })).value.map(
      (job) => job.name,
    )
  await client.post(`/jobs/${name}/archive`)
  assert.ok(!(await names()).includes(name))
  assert.deepEqual(await names({ archived_only: true }), [name])
  await client.post(`/jobs/${name}/restore`)
  assert.ok((await names()).includes(name))
  const updated = await client.patch<Json>(`/jobs/${name}`, {
    set: ['tags.owner=me', 'display_name=shown'],
  })
  assert.deepEqual([updated['tags'], updated['display_name']], [{ owner: 'me' }, 'shown'])
  await assert.rejects(client.patch(`/jobs/${name}`, { set: ['command=rm'] }), {
    code: 'InvalidValue',
  })
})

test('every change of a job is told once, and the stream of changes can be resumed', async () => {
  const { client } = server
  const abort = new AbortController()
  const events = client.stream<JobChange | { type: 'start'; id: number }>('/events', {
    signal: abort.signal,
  })
  const start = (await events.next()).value
  const name = await submit(client, folder.write('job.yml', commandYaml('true')))
  const seen: JobChange[] = []
  for await (const event of events) {
    if (event.type === 'job' && event.name === name) seen.push(event)
    if (seen.at(-1)?.job.status === 'Completed') break
  }
  abort.abort()
  const ids = seen.map(({ id }) => id)
  assert.deepEqual(
    ids,
    [...new Set(ids)].sort((a, b) => a - b),
  )
  const again = client.stream<JobChange>('/events', { query: { from: start?.id ?? 0 } })
  await again.next()
  assert.equal((await again.next()).value?.name, name)
  await again.return(undefined)
})

test('a killed server finds its running job again, and the job runs once', async () => {
  const home = await startTestServer()
  const marks = `${folder.path}/marks`
  const gate = `${folder.path}/gate`
  const name = await submit(
    home.client,
    folder.write(
      'job.yml',
      commandYaml(`echo x >> ${marks}; until [ -e ${gate} ]; do sleep 0.05; done; echo after`),
    ),
  )
  for await (const event of home.client.stream<StreamEvent>(`/jobs/${name}/stream`))
    if (event.type === 'job' && event.job.status === 'Running') break
  await home.kill()
  await using next = await startTestServer({ home: home.home })
  const before = await next.client.get<Json>(`/jobs/${name}`)
  assert.equal(before['status'], 'Running')
  writeFileSync(gate, '')
  const events = await follow(next.client, name)
  assert.match(logOf(events), /after/)
  const end = events.at(-1)
  assert.equal(end?.type === 'end' && end.job['status'], 'Completed')
  assert.equal(readFileSync(marks, 'utf8'), 'x\n')
})
