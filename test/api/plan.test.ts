import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { ended, type Folder, type Json, makeFolder, submit } from '../support/job-files.ts'
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

const PIPELINE = `
type: pipeline
settings: {default_compute: serverless}
inputs:
  rows: {type: uri_folder, path: ./rows}
  count: 2
jobs:
  first:
    type: command
    code: ./src
    command: cat \${{inputs.rows}}/a.csv script.txt > \${{outputs.made}}/all.txt
    environment: {image: any}
    inputs: {rows: "\${{parent.inputs.rows}}"}
    outputs:
      made: {type: uri_folder}
  second:
    type: command
    component: ./second.yml
    inputs: {made: "\${{parent.jobs.first.outputs.made}}"}
    environment_variables: {COUNT: "\${{parent.inputs.count}}"}
`
const SECOND = `
name: second
type: command
inputs: {made: {type: uri_folder}}
command: test "$COUNT" = 2 && cat \${{inputs.made}}/all.txt
environment: {image: any}
`

interface PlanView {
  readonly jobs: readonly (Json & { readonly step: string; readonly reuse: string | null })[]
}

const ask = (file: string) =>
  server.client.post<PlanView>('/jobs/plan', {
    file,
    cwd: path.dirname(file),
    environment: 'machine',
  })

const facts = ({ jobs }: PlanView, field: string) =>
  Object.fromEntries(jobs.map((job) => [job.step, job[field]]))

test('a plan says what would be reused and why not, and stores nothing', async () => {
  const file = folder.write('pipeline.yml', PIPELINE)
  folder.write('second.yml', SECOND)
  folder.write('rows/a.csv', 'a\n1\n')
  folder.write('src/script.txt', 'once\n')

  assert.deepEqual(facts(await ask(file), 'reason'), {
    '': 'a job that is no step of a pipeline always runs',
    first: 'no earlier job is like it',
    second: 'it reads what first makes anew',
  })
  const uploads = path.join(server.home, 'datastores', 'workspaceblobstore', 'LocalUpload')
  assert.equal(existsSync(uploads), false)

  const name = await submit(server.client, file)
  assert.equal((await ended(server.client, name))['status'], 'Completed')
  const again = await ask(file)
  assert.deepEqual(facts(again, 'reuse'), {
    '': null,
    first: `${name}-first`,
    second: `${name}-second`,
  })
  const environment = again.jobs[2]?.['environment'] as Json | undefined
  assert.equal(environment?.['state'], 'ready')
  assert.deepEqual(again.jobs[2]?.['inputs'], { made: 'output made of first' })

  folder.write('src/script.txt', 'twice\n')
  assert.deepEqual(facts(await ask(file), 'reason'), {
    '': 'a job that is no step of a pipeline always runs',
    first: `code differs from ${name}-first`,
    second: 'it reads what first makes anew',
  })
})
