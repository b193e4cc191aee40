import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { ended, makeFolder, submit } from '../support/job-files.ts'
import { startTestServer } from '../support/server.ts'

const pipeline = (folder: string) => `
type: pipeline
settings: {default_compute: serverless}
jobs:
  writes:
    type: command
    command: echo 2 > '${folder}/new.csv'; echo done > \${{outputs.o}}/done
    environment: {image: any}
    outputs: {o: {type: uri_folder}}
  reads:
    type: command
    command: ls \${{inputs.data}} \${{inputs.after}}
    environment: {image: any}
    inputs:
      data: {type: uri_folder, path: azureml:big:1}
      after: {type: uri_folder, path: "\${{parent.jobs.writes.outputs.o}}"}
`

test('a folder used in place that changes after the submission fails the step that was to read it, with the file', async () => {
  await using server = await startTestServer()
  using folder = makeFolder()
  const { client } = server
  const data = path.dirname(folder.write('big data/a.csv', '1'))
  await client.post('/data', {
    params: { name: 'big', type: 'uri_folder', path: data, in_place: true },
    cwd: folder.path,
  })
  const name = await submit(client, folder.write('p.yml', pipeline(data)))
  assert.equal((await ended(client, name))['status'], 'Failed')
  const { error } = await client.get<{ error: { code: string; message: string } }>(
    `/jobs/${name}-reads`,
  )
  assert.equal(error.code, 'DataChanged')
  assert.match(error.message, /data big:1 was registered in place .*: new\.csv \(new\)/)
})
