import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { type CliWorld, makeCliWorld } from '../support/cli.ts'

/** The promise: whichever way a model is named, in whichever kind of job, MLflow opens the path that the step is given. */
const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/models')
const CACHE = {
  UV_CACHE_DIR: process.env['UV_CACHE_DIR'] ?? path.join(os.homedir(), '.cache', 'uv'),
}
const FLAVORS = ['sklearn', 'lightgbm', 'xgboost', 'pyfunc']
const ENVIRONMENT = `
environment:
  conda_file:
    dependencies:
      - python>=3.10
      - pip: [mlflow-skinny, pandas, scikit-learn, lightgbm, xgboost-cpu, cloudpickle]
  image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04
`
const indent = (text: string, by: number) => text.replaceAll('\n', `\n${' '.repeat(by)}`)

let world: CliWorld
/** Way of naming → the reference. */
const ways = new Map<string, string>()

async function amlet(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await world.run(words, { env: CACHE })
  assert.equal(code, 0, `amlet ${words.join(' ')}\n${stdout}${stderr}`)
  return stdout.trim()
}

async function show(...words: string[]): Promise<string> {
  return amlet(...words, '-o', 'tsv')
}

async function runJob(name: string, yaml: string): Promise<string> {
  return amlet('job', 'create', '-f', world.write(`${name}.yml`, yaml), '--stream')
}

before(async () => {
  world = makeCliWorld()
  const outputs = FLAVORS.map((name) => `  ${name}: {type: mlflow_model, name: ${name}_model}\n`)
  const args = FLAVORS.map((name) => `\${{outputs.${name}}}`).join(' ')
  await runJob(
    'train',
    `type: command\nname: train\ncode: '${FIXTURES}'\ncommand: python train.py ${args}\noutputs:\n${outputs.join('')}${ENVIRONMENT}`,
  )
  await amlet('registry', 'create', '-n', 'shared')
  const target = ['--share-with-name', 'linear', '--share-with-version', '7']
  await amlet(...'model share -n sklearn_model -v 1 --registry-name shared'.split(' '), ...target)
  await amlet('model', 'download', '-n', 'sklearn_model', '-v', '1', '-p', world.cwd)
  const shown = ['model', 'show', '-n', 'sklearn_model', '-v', '1', '--query']
  ways.set('Asset ID', await show(...shown, 'asset_id'))
  ways.set('ARM id', `azureml:${await show(...shown, 'id')}`)
  ways.set('name and version', 'azureml:sklearn_model:1')
  ways.set('label', 'azureml:sklearn_model@latest')
  ways.set('output of a job', 'azureml://jobs/train/outputs/sklearn/paths/')
  ways.set('datastore path', await show(...shown, 'path'))
  ways.set('run', 'runs:/train/logged')
  ways.set('MLflow name', 'models:/sklearn_model/1')
  ways.set('registry', 'azureml://registries/shared/models/linear/versions/7')
  ways.set('local folder', './sklearn_model')
})
after(async () => {
  await world[Symbol.asyncDispose]()
})

function inputsOf(references: Iterable<string>): string {
  return [...references]
    .map((reference, i) => `  m${i}: {type: mlflow_model, path: '${reference}'}\n`)
    .join('')
}

const names = () => [...ways.keys()].map((_, i) => `m${i}`)
const words = (from: string) =>
  names()
    .map((name) => `sklearn=\${{${from}.${name}}}`)
    .join(' ')
const expectAll = (log: string) => {
  const wanted = [...ways.keys()].map((way, i) => `${way}: sklearn INPUT_m${i} 6`)
  const found = [...ways.keys()].filter((_, i) => log.includes(`sklearn INPUT_m${i} 6`))
  assert.deepEqual(
    found.map((way) => `${way}: sklearn INPUT_m${[...ways.keys()].indexOf(way)} 6`),
    wanted,
  )
}

test('a command job opens a model that is named in any way, and models of every flavor', async () => {
  const flavors = FLAVORS.map((name) => `azureml:${name}_model@latest`)
  const inputs = inputsOf([...ways.values(), ...flavors])
  const more = FLAVORS.map((name, i) => `${name}=\${{inputs.m${ways.size + i}}}`).join(' ')
  const log = await runJob(
    'command',
    `type: command\ncode: '${FIXTURES}'\ncommand: python load.py ${words('inputs')} ${more}\ninputs:\n${inputs}${ENVIRONMENT}`,
  )
  expectAll(log)
  for (const [i, name] of FLAVORS.entries())
    assert.match(log, new RegExp(`${name} INPUT_m${ways.size + i} \\d+`))
})

test('so do the steps of a pipeline, parallel ones too, and the trials of a sweep', async () => {
  const inputs = inputsOf(ways.values())
  const bound = names()
    .map((name) => `      ${name}: \${{parent.inputs.${name}}}\n`)
    .join('')
  const ports = names()
    .map((name) => `        ${name}: {type: mlflow_model}\n`)
    .join('')
  const files = ['a', 'b'].map((name) => world.write(`rows/${name}.txt`, name))
  const log = await runJob(
    'pipeline',
    `type: pipeline
settings: {default_compute: serverless}
inputs:
  rows: {type: uri_folder, path: '${path.dirname(files[0] ?? '')}'}
${inputs}
outputs:
  scored: {type: uri_file}
jobs:
  loads:
    type: command
    code: '${FIXTURES}'
    command: python load.py ${words('inputs')}
    inputs:
${bound}${indent(ENVIRONMENT, 4)}
  sweeps:
    type: sweep
    sampling_algorithm: grid
    search_space: {n: {type: choice, values: [1]}}
    objective: {goal: maximize, primary_metric: loaded}
    limits: {max_total_trials: 1, max_concurrent_trials: 1}
    inputs:
${bound}
    trial:
      type: command
      code: '${FIXTURES}'
      command: REPORT=\${{inputs.n}} python load.py ${words('inputs')}
      inputs:
        n: {type: integer}
${ports}${indent(ENVIRONMENT, 6)}
  scores:
    type: parallel
    mini_batch_size: "1"
    max_concurrency_per_instance: 1
    input_data: \${{inputs.rows}}
    inputs:
      rows: \${{parent.inputs.rows}}
${bound}
    outputs:
      scored: \${{parent.outputs.scored}}
    task:
      type: run_function
      code: '${FIXTURES}'
      entry_script: score.py
      program_arguments: ${words('inputs')}
      append_row_to: \${{outputs.scored}}
${indent(ENVIRONMENT, 6)}
`,
  )
  expectAll(
    log
      .split('\n')
      .filter((line) => /^loads\b/.test(line))
      .join('\n'),
  )
  expectAll(
    log
      .split('\n')
      .filter((line) => /^sweeps\b/.test(line))
      .join('\n'),
  )
  const name = await show('job', 'list', '--query', "[?display_name!='train'] | [0].name")
  const place = await show(
    'job',
    'outputs',
    '-n',
    name,
    '--query',
    "[?name=='scored'].local_path | [0]",
  )
  assert.equal(readFileSync(place, 'utf8'), `${ways.size} models\n${ways.size} models\n`)
})
