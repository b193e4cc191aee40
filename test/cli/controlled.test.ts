import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { type CliWorld, makeCliWorld } from '../support/cli.ts'

const SCORE = `
import os
def run(mini_batch):
    print('scoring', [os.path.basename(name) for name in mini_batch])
    return ['%s %g' % (os.path.basename(name), 6 / int(open(name).read())) for name in mini_batch]
`
const PARALLEL = `type: pipeline
settings: {default_compute: azureml:local}
jobs:
  score:
    type: parallel
    mini_batch_size: "2"
    mini_batch_error_threshold: 0
    max_concurrency_per_instance: 2
    retry_settings: {max_retries: 1, timeout: 60}
    input_data: \${{inputs.files}}
    inputs:
      files: {type: uri_folder, path: ./files}
    outputs:
      rows: {type: uri_file}
    task:
      type: run_function
      code: ./code
      entry_script: score.py
      environment: {image: any}
      program_arguments: --push_metrics_to_parent True --copy_logs_to_parent True --metrics_name_prefix s_
      append_row_to: \${{outputs.rows}}
`

const SWEEP = `type: sweep
sampling_algorithm: grid
trial:
  command: >-
    echo trial \${{search_space.n}}; echo \${{search_space.n}} > \${{outputs.o}}/n.txt;
    curl -sf -X POST -H "Authorization: Bearer $MLFLOW_TRACKING_TOKEN" -H 'Content-Type: application/json'
    -d "{\\"run_id\\":\\"$MLFLOW_RUN_ID\\",\\"key\\":\\"loss\\",\\"value\\":\${{search_space.n}},\\"timestamp\\":0}"
    $MLFLOW_TRACKING_URI/api/2.0/mlflow/runs/log-metric
  environment: {image: any}
search_space:
  n: {type: choice, values: [3, 1, 2]}
objective: {goal: minimize, primary_metric: loss}
limits: {max_total_trials: 3, max_concurrent_trials: 2}
outputs:
  o: {type: uri_folder}
`

/** Parallel jobs and sweeps on the command line, with the machine's own Python. */
let world: CliWorld
before(async () => {
  world = makeCliWorld()
  for (let i = 0; i < 7; i++) world.write(`files/f${i}.txt`, `${i - 3}\n`)
  world.write('code/score.py', SCORE)
  world.write('score.yml', PARALLEL)
  world.write('tune.yml', SWEEP)
  const { code, stderr } = await world.run(
    'job create -f score.yml -n par --env machine -s'.split(' '),
  )
  assert.equal(code, 1, stderr)
  const tuned = await world.run('job create -f tune.yml -n tune --env machine -s'.split(' '))
  assert.equal(tuned.code, 0, tuned.stderr)
})
after(async () => {
  await world[Symbol.asyncDispose]()
})

const json = async (line: string) => {
  const { code, stdout, stderr } = await world.run([...line.split(' '), '-o', 'json'])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

test('a mini-batch that failed is run again by its number, and fails with its traceback', async () => {
  const { code, stdout, stderr } = await world.run('job retry par.score --only-batch 1'.split(' '))
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /scoring \['f2\.txt', 'f3\.txt'\]\nTraceback/)
  assert.match(
    stderr,
    /error: mini-batch 1 failed after 1 try: ZeroDivisionError: division by zero/,
  )
})

test('the rows of a mini-batch that is run again go to the output, and nothing is recorded', async () => {
  const before = await json('job show -n par-score --query progress')
  const { code, stdout, stderr } = await world.run([
    'job',
    'retry',
    '-n',
    'par-score',
    '--only-batch=0',
  ])
  assert.equal(code, 0, stderr)
  assert.equal(stdout, 'f0.txt -2\nf1.txt -3\n')
  assert.deepEqual(await json('job show -n par-score --query progress'), before)
})

const REFUSED: readonly [string, number, RegExp][] = [
  [
    'job retry par-score --only-batch 4',
    1,
    /there is no mini-batch 4; this job has 4, numbered from 0/,
  ],
  [
    'job retry par --only-batch 0',
    1,
    /par is a pipeline job; only a parallel job has mini-batches/,
  ],
  ['job retry par-score', 2, /the following arguments are required: --only-batch/],
  ['job retry nobody --only-batch 0', 3, /there is no job nobody|nobody/],
]
for (const [line, expected, message] of REFUSED)
  test(`"${line}" is refused with a sentence`, async () => {
    const { code, stderr } = await world.run(line.split(' '))
    assert.equal(code, expected, stderr)
    assert.match(stderr, message)
    assert.doesNotMatch(stderr, /^\s+at /m)
  })

test('the error of a parallel job names the mini-batch, and the log how to run it again', async () => {
  const error = await json('job show -n par-score --query error')
  assert.match(
    error.message,
    /^1 mini-batch failed, more than mini_batch_error_threshold: 0\. The first: mini-batch 1 failed after 2 tries: ZeroDivisionError/,
  )
  const { stdout } = await world.run('job stream -n par'.split(' '))
  assert.match(
    stdout,
    /hint: run it again with its output here: amlet job retry par-score --only-batch 1/,
  )
})

test('a parallel job may push its metrics and copy its logs to its parent', async () => {
  const metrics: { key: string; value: number; step: number }[] = await json('job metrics par')
  const done = metrics.find(({ key }) => key === 's_mini_batches_done')
  assert.deepEqual([done?.value, done?.step], [4, 4])
  await world.run('job download -n par -p logs'.split(' '))
  const copied = path.join(world.cwd, 'logs/artifacts/logs/par-score/mini-batches/000001.txt')
  assert.match(readFileSync(copied, 'utf8'), /ZeroDivisionError/)
})

test('a sweep shows its trials and the best of them, as a page, a list and data', async () => {
  const page = await world.run('job describe tune'.split(' '))
  assert.match(page.stdout, /^\* tune_1 +Completed +1 +n=1$/m)
  const children: { name: string }[] = await json('job list --parent-job-name tune')
  assert.deepEqual(children.map(({ name }) => name).toSorted(), ['tune_0', 'tune_1', 'tune_2'])
  const shown = await json('job show -n tune')
  assert.deepEqual([shown.best_trial, shown.best_metric], ['tune_1', 1])
  const compared = await world.run('job compare tune_0 tune_1 tune_2 -o table'.split(' '))
  assert.match(compared.stdout, /^metric +loss +3 +1 +2$/m)
})

test('a sweep is downloaded as its best trial, as Azure lays it out', async () => {
  const own = await world.run('job download -n tune --all -p best'.split(' '))
  assert.equal(own.code, 0, own.stderr)
  const at = (file: string) => path.join(world.cwd, 'best', file)
  assert.equal(readFileSync(at('artifacts/user_logs/std_log.txt'), 'utf8'), 'trial 1\n{}')
  assert.equal(readFileSync(at('named-outputs/o/n.txt'), 'utf8'), '1\n')
  assert.ok(!existsSync(at('artifacts/trial_0')))
  const one = await world.run('job download -n tune --output-name o -p one'.split(' '))
  assert.equal(one.code, 0, one.stderr)
  assert.equal(readFileSync(path.join(world.cwd, 'one/named-outputs/o/n.txt'), 'utf8'), '1\n')
})
