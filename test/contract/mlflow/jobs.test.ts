import assert from 'node:assert/strict'
import { copyFileSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { type CliWorld, makeCliWorld } from '../../support/cli.ts'
import { pythonWith } from './python.ts'

const TRAIN = (python: string, name: string) => `
type: command
name: ${name}
experiment_name: taxi
tags: {team: a}
command: ${python} in_job.py
code: ./code
environment: {image: none}
`

/** A job with one model as input, whose command needs what an MLflow model has. */
const READ = (name: string, model: string) => `
type: command
name: ${name}
command: cat \${{inputs.model}}/MLmodel
inputs: {model: {type: mlflow_model, path: "${model}"}}
environment: {image: none}
`

async function submit(world: CliWorld, name: string, yaml: string): Promise<void> {
  world.write(`${name}.yml`, yaml)
  const ran = await world.run(['job', 'create', '-f', `${name}.yml`, '--stream'])
  assert.equal(ran.code, 0, `${ran.stdout}\n${ran.stderr}`)
}

async function json(world: CliWorld, words: readonly string[]): Promise<unknown> {
  const ran = await world.run([...words, '-o', 'json'])
  assert.equal(ran.code, 0, ran.stderr)
  return JSON.parse(ran.stdout)
}

test('a job is a run: what its script logs is the job’s, and what it registers is a model', async (t) => {
  const python = await pythonWith('mlflow-3')
  await using world = makeCliWorld()
  world.write('code/readme.txt', 'code')
  const script = path.join(import.meta.dirname, 'clients', 'in_job.py')
  copyFileSync(script, path.join(world.cwd, 'code', 'in_job.py'))
  await submit(world, 'train1', TRAIN(python, 'train1'))

  await t.test('its metrics are shown, exported and compared', async () => {
    const metrics = (await json(world, ['job', 'metrics', '-n', 'train1'])) as { key: string }[]
    assert.deepEqual(
      metrics.map(({ key, value, step, count }: Record<string, unknown> & { key: string }) => [
        ...[key, value, step, count],
      ]),
      [['loss', 0.2, 4, 5]],
    )
    const exported = await world.run(['job', 'metrics', '-n', 'train1', '--export', 'm.csv'])
    assert.equal(exported.code, 0, exported.stderr)
    const lines = readFileSync(path.join(world.cwd, 'm.csv'), 'utf8').trim().split('\n')
    assert.equal(lines[0], 'key,step,timestamp,value')
    assert.deepEqual(
      lines.slice(1).map((line) => [line.split(',')[1], line.split(',')[3]]),
      [1, 2, 3, 4, 5].map((step) => [String(step - 1), String(1 / step)]),
    )
    const unknown = await world.run(['job', 'metrics', '-n', 'train1', '--key', 'lost'])
    assert.equal(unknown.code, 3)
    assert.match(unknown.stderr, /no metric "lost"[\s\S]*it has logged loss/)
    await submit(world, 'train2', TRAIN(python, 'train2'))
    const compared = await world.run(['job', 'compare', 'train1', 'train2'])
    assert.equal(compared.code, 0, compared.stderr)
    assert.match(compared.stdout, /alpha[\s\S]*loss/)
  })

  await t.test('its tags are those that the script set, and its status is its own', async () => {
    const job = (await json(world, ['job', 'show', '-n', 'train1'])) as Record<string, unknown>
    assert.deepEqual(job['tags'], { team: 'a', color: 'red' })
    assert.equal(job['status'], 'Completed')
    assert.deepEqual(job['metrics'], { loss: 0.2 })
  })

  await t.test(
    'the model it registered is an asset, and an input by every name it has',
    async () => {
      const models = (await json(world, ['model', 'list'])) as { name: string }[]
      assert.ok(models.some(({ name }) => name === 'from-job'))
      const model = (await json(world, ['model', 'show', '-n', 'from-job', '-v', '1'])) as {
        type: string
        asset_id: string
      }
      assert.equal(model.type, 'mlflow_model')
      const names = [
        'azureml:from-job:1',
        'azureml:from-job@latest',
        'models:/from-job/1',
        'models:/from-job@champion',
        'runs:/train1/model',
        model.asset_id,
      ]
      for (const [place, name] of names.entries())
        await submit(world, `read${place}`, READ(`read${place}`, name))
    },
  )

  await t.test('a model made here is a registered model there', async () => {
    world.write('own/MLmodel', 'flavors: {}\n')
    const made = await world.run(
      'model create -n own --type mlflow_model --path own -v 3'.split(' '),
    )
    assert.equal(made.code, 0, made.stderr)
    const script = [
      'import mlflow, os',
      'client = mlflow.MlflowClient()',
      'found = client.search_model_versions("name = \'own\'")',
      'assert [str(v.version) for v in found] == ["3"], found',
      'path = mlflow.artifacts.download_artifacts("models:/own/3")',
      'assert "MLmodel" in os.listdir(path), os.listdir(path)',
      'print("found")',
    ].join('\n')
    world.write('find.py', script)
    const ran = await world.bash(`eval "$(amlet mlflow env)" && ${python} find.py`)
    assert.equal(ran.code, 0, ran.stderr)
    assert.match(ran.stdout, /found/)
  })
})
