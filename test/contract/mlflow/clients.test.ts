import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { stopCompiling } from '../../../src/environments/compile.ts'
import { startTestServer } from '../../support/server.ts'
import { type Answer, replay } from './compare/replay.ts'
import { startMlflowServer } from './mlflow-server.ts'
import { pythonWith, runClient } from './python.ts'
import { startHost } from './start-host.ts'

test.after(() => stopCompiling())

const sureOf = (output: string) =>
  output.split('\n').filter((line) => line.startsWith('ok ')).length

test('mlflow 3: autologging, models, registry, search and artifacts against a fresh amlet server', async (t) => {
  const python = await pythonWith('mlflow-3')
  await using server = await startTestServer()
  const output = await runClient(python, 'training.py', {
    MLFLOW_TRACKING_URI: server.info.url,
    MLFLOW_TRACKING_TOKEN: server.token,
  })
  assert.match(output, /^all of it holds$/m)
  const { value } = await server.client.get<{ value: readonly { name: string }[] }>('/models')
  const names = value.map(({ name }) => name)
  for (const name of ['flowers', 'booster', 'line', 'copies']) assert.ok(names.includes(name), name)
  assert.ok(!names.includes('autos'), 'what MLflow deleted is gone here too')
  t.diagnostic(`${sureOf(output)} checks`)
})

for (const [name, workspace] of [
  ['mlflow-2', 'second'],
  ['mlflow-1', 'first'],
] as const)
  test(`${name}: tracking and registry in a workspace of its own`, async () => {
    const python = await pythonWith(name)
    await using server = await startTestServer()
    const output = await runClient(python, 'older.py', {
      MLFLOW_TRACKING_URI: `${server.info.url}/mlflow/${workspace}`,
      MLFLOW_TRACKING_TOKEN: server.token,
    })
    assert.match(output, /^all of it holds$/m)
  })

test('azureml-mlflow beside mlflow does not get in the way', async () => {
  const python = await pythonWith('azureml-mlflow')
  await using host = await startHost()
  const output = await runClient(python, 'plugin.py', { MLFLOW_TRACKING_URI: host.url })
  assert.match(output, /ok azureml-mlflow/)
})

test('the recorded answers are still those of mlflow server', async () => {
  const python = await pythonWith('mlflow-3')
  await using server = await startMlflowServer(python)
  const file = path.join(import.meta.dirname, 'compare', 'answers.json')
  const recorded = JSON.parse(readFileSync(file, 'utf8')).answers as Record<string, Answer>
  const answers = await replay(server.url)
  const changed = Object.keys(recorded).filter((id) => stable(answers[id]) !== stable(recorded[id]))
  assert.deepEqual(changed, [], 'record them again: node compare/record.ts <url>')
})

/** Without what mlflow itself says otherwise from run to run: times in SQL, the order of a Python set. */
function stable(answer: Answer | undefined): string {
  return JSON.stringify(answer)
    .replaceAll(/\d{13}/g, 'TIME')
    .replaceAll(/'\{[^}]*\}/g, 'SET')
}
