import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { type CliWorld, makeCliWorld } from '../support/cli.ts'

/** The article's case through the command line, on the real records where they are, else on made ones. */
const ROOT = path.resolve(import.meta.dirname, '../..')
const EXAMPLE = path.join(ROOT, 'examples', 'nyc-taxi')
const SHARED = process.env['AMLET_SHARED'] ?? path.join(ROOT, '..', 'shared')
const REAL = path.join(SHARED, 'data', 'nyc-taxi')
const FILES = ['MLmodel', 'conda.yaml', 'model.lgb', 'python_env.yaml', 'requirements.txt']
/** Packages are fetched once a machine, not once a test. */
const CACHE = {
  UV_CACHE_DIR: process.env['UV_CACHE_DIR'] ?? path.join(os.homedir(), '.cache', 'uv'),
}

let world: CliWorld
const yaml = (...parts: string[]) => path.join(EXAMPLE, ...parts)

async function amlet(...words: string[]): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await world.run(words, { env: CACHE })
  assert.equal(code, 0, `amlet ${words.join(' ')}\n${stdout}${stderr}`)
  return { stdout: stdout.trim(), stderr }
}

const PIPELINE = yaml('03_pipeline', 'pipeline.yml')
const MODEL_PATH = 'jobs.train_job.inputs.model.path'

before(async () => {
  world = makeCliWorld()
  const isReal = existsSync(REAL)
  if (!isReal) console.log(`no real records at ${REAL}; made ones are used`)
  const made = await world.bash(`python3 '${yaml('data', 'make_data.py')}' --output .`)
  assert.equal(made.code, 0, made.stderr)
  const [train, valid] = isReal
    ? [path.join(REAL, 'yellowTaxiData.csv'), path.join(REAL, 'greenTaxiData.csv')]
    : [path.join(world.cwd, 'train.csv'), path.join(world.cwd, 'valid.csv')]
  await amlet('data', 'create', '-n', 'mlow-nyc-taxi-train', '--type', 'uri_file', '--path', train)
  await amlet('data', 'create', '-n', 'mlow-nyc-taxi-valid', '--type', 'uri_file', '--path', valid)
  await amlet('job', 'create', '-f', yaml('03_pipeline', 'train.yml'), '--stream')
})
after(async () => {
  await world[Symbol.asyncDispose]()
})

test('a training job registers its model, with its version in its own record', async () => {
  const { stdout } = await amlet('job', 'list', '--query', '[0].name', '-o', 'tsv')
  const shown = await amlet('job', 'show', '-n', stdout, '--query', 'outputs.model', '-o', 'json')
  const { name, version, type } = JSON.parse(shown.stdout)
  assert.deepEqual(
    { name, version, type },
    { name: 'nyc_taxi_lgb_model', version: '1', type: 'mlflow_model' },
  )
})

for (const way of ['Asset ID', 'name and version', 'label'])
  test(`the article's pipeline gets the directory of a model that is named by ${way}`, async () => {
    const shown = await amlet(
      'model',
      'show',
      '-n',
      'nyc_taxi_lgb_model',
      '-v',
      '1',
      '--query',
      'asset_id',
      '-o',
      'tsv',
    )
    const reference = {
      'Asset ID': shown.stdout,
      'name and version': 'azureml:nyc_taxi_lgb_model:1',
      label: 'azureml:nyc_taxi_lgb_model@latest',
    }[way]
    const { stdout } = await amlet(
      ...['job', 'create', '-f', PIPELINE, '--stream'],
      ...['--set', `${MODEL_PATH}=${reference}`, 'settings.force_rerun=true'],
    )
    assert.match(stdout, /model: \S+\/cap\/data-capability\/wd\/INPUT_model$/m)
    for (const file of FILES) assert.match(stdout, new RegExp(`│\\s+${file}$`, 'm'))
    assert.match(stdout, /trees: \d+/)
  })

test('an unchanged step that is not forced is reused', async () => {
  const words = ['--set', `${MODEL_PATH}=azureml:nyc_taxi_lgb_model@latest`]
  const { stdout } = await amlet(
    ...['job', 'create', '-f', PIPELINE, '--stream', ...words, '--query', 'name', '-o', 'tsv'],
  )
  const child = await amlet('job', 'show', '-n', `${stdout}-train_job`, '-o', 'json')
  const { status, reused_from, properties } = JSON.parse(child.stdout)
  assert.equal(status, 'Completed')
  assert.match(reused_from, /-train_job$/)
  assert.equal(properties['azureml.isreused'], 'true')
})

test('a model of one single file is listed and opened in its directory, and opened as a file', async () => {
  await amlet('model', 'download', '-n', 'nyc_taxi_lgb_model', '-v', '1', '-p', world.cwd)
  const file = path.join(world.cwd, 'nyc_taxi_lgb_model', 'model.lgb')
  await amlet('model', 'create', '-f', yaml('single-file', 'model.yml'), '--path', file)
  for (const name of ['use-as-directory.yml', 'use-as-file.yml'])
    await amlet('job', 'create', '-f', yaml('single-file', name), '--stream')
})

test('a parallel job takes the model, opens it once a process, and its rows are summed up', async () => {
  const { stdout } = await amlet(
    'job',
    'create',
    '-f',
    yaml('04_parallel', 'pipeline.yml'),
    '--stream',
    '--query',
    'name',
    '-o',
    'tsv',
  )
  const outputs = await amlet('job', 'outputs', '-n', `${stdout}-summarise`, '-o', 'json')
  const [summary] = JSON.parse(outputs.stdout)
  const local = path.join(summary.local_path ?? summary.path, 'summary.json')
  const { files, trips, mean_fare } = JSON.parse(readFileSync(local, 'utf8'))
  assert.ok(
    files >= 20 && trips >= 2000 && mean_fare > 3,
    JSON.stringify({ files, trips, mean_fare }),
  )
  const score = await amlet(
    'job',
    'show',
    '-n',
    `${stdout}-score`,
    '--query',
    'progress',
    '-o',
    'json',
  )
  const { done, total, failed } = JSON.parse(score.stdout)
  assert.deepEqual({ done, failed }, { done: total, failed: 0 })
})

test("a sweep's trials start from the model, and the best trial's model is the sweep's", async () => {
  const words = ['-f', yaml('05_sweep', 'sweep.yml'), '--stream', '--query', '@', '-o', 'json']
  const { stdout } = await amlet('job', 'create', ...words)
  const { status, best_trial, trials, outputs, best_metric } = JSON.parse(stdout)
  assert.equal(status, 'Completed')
  assert.equal(trials.length, 4)
  assert.equal(best_metric, Math.min(...trials.map((trial: { best: number }) => trial.best)))
  assert.match(outputs.best_model.path, new RegExp(`/azureml/${best_trial}/best_model/`))
  assert.equal(outputs.best_model.name, 'nyc_taxi_swept_model')
  const shown = await amlet(
    'model',
    'show',
    '-n',
    'nyc_taxi_swept_model',
    '-v',
    '1',
    '--query',
    'type',
    '-o',
    'tsv',
  )
  assert.equal(shown.stdout, 'mlflow_model')
})

test('a model that is not there is refused at submission, with what there is', async () => {
  const { code, stderr } = await world.run(
    ['job', 'create', '-f', PIPELINE, '--set', `${MODEL_PATH}=azureml:nyc_taxi_lgb_modle:7`],
    { env: CACHE },
  )
  assert.notEqual(code, 0)
  assert.match(stderr, /nyc_taxi_lgb_modle/)
  assert.match(stderr, /nyc_taxi_lgb_model\b/)
  assert.doesNotMatch(stderr, /\n\s+at /)
})
