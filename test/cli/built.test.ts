import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { makeCliWorld } from '../support/cli.ts'

/** More than are read without a second thread, and more runs than are searched without one. */
const FILES = 1_500
const RUNS = 300

const PIPELINE = `type: pipeline
compute: local
jobs:
  score:
    type: parallel
    mini_batch_size: "500"
    input_data: \${{inputs.files}}
    inputs: {files: {type: uri_folder, path: ./files}}
    outputs: {rows: {type: uri_file}}
    task:
      type: run_function
      code: ./code
      entry_script: score.py
      environment: {image: none}
      append_row_to: \${{outputs.rows}}
  count:
    command: wc -l < \${{inputs.rows}} > \${{outputs.count}}/count
    environment: {image: none}
    inputs: {rows: "\${{parent.jobs.score.outputs.rows}}"}
    outputs: {count: {type: uri_folder}}
`

test('the built server finds its worker, its threads and the program of parallel jobs', async () => {
  await using world = makeCliWorld()
  for (let i = 0; i < FILES; i += 1) world.write(`files/${i}.txt`, `${i}\n`)
  world.write('code/score.py', 'def init():\n    pass\ndef run(batch):\n    return batch\n')
  world.write('pipeline.yml', PIPELINE)
  const created = await world.run([
    'job',
    'create',
    '-f',
    'pipeline.yml',
    '-n',
    'built',
    '--stream',
  ])
  assert.equal(created.code, 0, created.stderr)
  const counted = 'datastores/workspaceblobstore/azureml/built-count/count/count'
  assert.equal(readFileSync(path.join(world.home, counted), 'utf8').trim(), String(FILES))
})

test('the built server searches many runs on its reading thread', async () => {
  await using world = makeCliWorld()
  const { stdout: url } = await world.run(['server', 'start', '--print-url'])
  const token = readFileSync(path.join(world.home, 'token'), 'utf8').trim()
  const post = async (call: string, body: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`${url.trim()}/api/2.0/mlflow/${call}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    assert.equal(response.status, 200, call)
    return (await response.json()) as Record<string, unknown>
  }
  for (let i = 0; i < RUNS; i += 1)
    await post('runs/create', { experiment_id: '0', run_name: `run ${i}` })
  const filter = "attributes.run_name LIKE '%run 29_'"
  const found = await post('runs/search', { experiment_ids: ['0'], filter })
  assert.equal((found['runs'] as unknown[]).length, 10)
})
