import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { AmletError } from '../../src/core/errors.ts'
import { commandYaml, type Folder, type Json, makeFolder } from '../support/job-files.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let folder: Folder

before(async () => {
  server = await startTestServer()
  folder = makeFolder()
  folder.write('spark.yml', 'name: wrangle\ntype: spark\ncode: ./src\nentry: {file: x.py}\n')
  folder.write('nested.yml', NESTED)
  folder.write('flow.dag.yaml', FLOW)
})
after(async () => {
  folder[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

const NESTED = `
name: nested
type: pipeline
jobs:
  copy: {type: data_transfer, task: copy_data}
`
const FLOW = `
$schema: https://azuremlschemas.azureedge.net/promptflow/latest/Flow.schema.json
nodes: []
`

/** Files with everything else wrong that only a workspace can tell: data, computes and assets that are not there. */
const CASES: readonly { readonly yaml: string; readonly told: readonly string[] }[] = [
  {
    yaml: `
type: pipeline
settings: {default_compute: serverless}
jobs:
  wrangle:
    type: spark
    component: ./spark.yml
    inputs:
      rows: {type: uri_file, path: azureml://datastores/workspaceblobstore/paths/none.csv}
`,
    told: ['6:11 spark steps are not run by amlet'],
  },
  {
    yaml: `
type: pipeline
settings: {default_compute: serverless}
jobs:
  wrangle: {component: ./spark.yml}
  ask: {component: ./flow.dag.yaml}
  inner: {type: pipeline, component: ./nested.yml}
  fit: {type: automl, task: regression}
`,
    told: [
      '2:7 spark steps are not run by amlet',
      '6:8 prompt flows are not run by amlet',
      '5:16 data_transfer steps are not run by amlet',
      '8:15 automl steps are not run by amlet',
    ],
  },
  ...['spark', 'automl', 'import', 'finetuning', 'distillation'].map((type) => ({
    yaml: `type: ${type}\ninputs: {rows: {path: "azureml:none:1"}}\n`,
    told: [`1:7 ${type} jobs are not run by amlet`],
  })),
  {
    yaml: commandYaml('python train.py', 'distribution: {type: ray}\n'),
    told: ['5:22 amlet starts no cluster of Ray for a job'],
  },
  {
    yaml: `
type: pipeline
settings: {default_compute: serverless, on_finalize: last}
jobs:
  last: {command: echo, environment: "azureml:none:1"}
`,
    told: ['3:54 amlet has no on_finalize: every step starts when what it reads is there'],
  },
]

const submissions = ['/jobs', '/jobs/plan']

for (const { yaml, told } of CASES)
  test(`refused by name, and for nothing else: ${told.join(', ')}`, async () => {
    const file = folder.write('job.yml', yaml)
    const body = { file, cwd: path.dirname(file) }
    for (const submission of submissions)
      await assert.rejects(server.client.post(submission, body), (error) => {
        assert.ok(error instanceof AmletError)
        assert.deepEqual(error.diagnostics.map(toText), told)
        assert.ok(error.diagnostics.every(({ code }) => code === 'OperationNotSupported'))
        return true
      })
  })

test('a mistake of the file is told with it, after it', async () => {
  const file = folder.write(
    'job.yml',
    'type: pipeline\njobs:\n  bad: {type: command, comand: x}\n  slow: {type: spark}\n',
  )
  const codes = await server.client
    .post('/jobs', { file, cwd: folder.path })
    .catch((error: AmletError) => error.diagnostics.map(({ code }) => code))
  assert.deepEqual(codes, ['OperationNotSupported', 'MissingField'])
})

test('so are schedules of such jobs, monitors, and components', async () => {
  folder.write('job.yml', 'type: spark\nentry: {file: x.py}\n')
  const schedule = folder.write(
    'schedule.yml',
    'name: nightly\ntrigger: {type: cron, expression: "0 2 * * *"}\ncreate_job: ./job.yml\n',
  )
  await assert.rejects(server.client.post('/schedules', { file: schedule, cwd: folder.path }), {
    code: 'OperationNotSupported',
    message: 'spark jobs are not run by amlet',
  })
  const monitor = folder.write(
    'schedule.yml',
    'name: nightly\ntrigger: {type: cron, expression: "0 2 * * *"}\ncreate_monitor: {}\n',
  )
  await assert.rejects(server.client.post('/schedules', { file: monitor, cwd: folder.path }), {
    code: 'OperationNotSupported',
    message: 'monitors are not run by amlet',
  })
  const file = path.join(folder.path, 'spark.yml')
  await assert.rejects(server.client.post('/components', { file, cwd: folder.path }), {
    code: 'OperationNotSupported',
    message: 'spark components are not run by amlet',
  })
  const { value } = await server.client.get<{ value: Json[] }>('/components')
  assert.deepEqual(value, [])
})

function toText({ message, source }: AmletError['diagnostics'][number]): string {
  return `${source?.line}:${source?.column} ${message}`
}
