import assert from 'node:assert/strict'
import { existsSync, readFileSync, watch } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { openDb } from '../../src/store/db.ts'
import { ended, type Folder, type Json, makeFolder, submit } from '../support/job-files.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** Sweep and parallel jobs on a real server, with scripts that need the standard library only. */
let server: TestServer
let folder: Folder
before(async () => {
  server = await startTestServer()
  folder = makeFolder()
  folder.write('src/log.py', LOG)
})
after(async () => {
  await server[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

/** `python log.py NAME VALUE…`: logs values of a metric to the job's own run, over MLflow's REST API. */
const LOG = `
import json, os, sys, time, urllib.request
def log(name, value, step=0):
    point = {'run_id': os.environ['MLFLOW_RUN_ID'], 'key': name, 'value': value, 'timestamp': int(time.time() * 1000), 'step': step}
    request = urllib.request.Request(os.environ['MLFLOW_TRACKING_URI'] + '/api/2.0/mlflow/runs/log-metric', data=json.dumps(point).encode())
    request.add_header('Content-Type', 'application/json')
    request.add_header('Authorization', 'Bearer ' + os.environ['MLFLOW_TRACKING_TOKEN'])
    # As MLflow's own client does, a server that is away for a moment is asked again.
    for wait in range(10_000):
        try:
            urllib.request.urlopen(request, timeout=30).close()
            return
        except OSError as problem:
            time.sleep(0.1)
    raise problem
if __name__ == '__main__':
    for step, value in enumerate(sys.argv[2:]):
        log(sys.argv[1], value, step)
`

interface Sweep {
  readonly command: string
  readonly space: string
  readonly limits: string
  readonly more?: string
  readonly sampling?: string
}

function sweepYaml({ command, space, limits, more = '', sampling = 'grid' }: Sweep): string {
  return `type: sweep
sampling_algorithm: ${sampling}
trial:
  code: ./src
  command: ${JSON.stringify(command)}
  environment:
    image: any
search_space:
  ${space}
objective: {goal: minimize, primary_metric: loss}
limits: ${limits}
${more}`
}

async function runSweep(name: string, sweep: Sweep): Promise<Json> {
  return ended(
    server.client,
    await submit(server.client, folder.write(`${name}.yml`, sweepYaml(sweep))),
  )
}

interface TrialView {
  readonly name: string
  readonly status: string
  readonly best: number | null
  readonly parameters: Json
  readonly reason?: string
}
const trialsOf = (job: Json) => job['trials'] as TrialView[]
const messageOf = (job: Json) => (job['error'] as { message: string } | undefined)?.message

const NUMBERS = 'n: {type: choice, values: [3, 1, 2]}'

test('a grid runs every point once, and the best trial with its outputs is the sweep', async () => {
  const job = await runSweep('grid', {
    command:
      'echo ${{search_space.n}} $AZUREML_SWEEP_n > ${{outputs.o}}/n.txt; python3 log.py loss ${{search_space.n}}',
    space: NUMBERS,
    limits: '{max_total_trials: 10, max_concurrent_trials: 2}',
    more: 'outputs:\n  o: {type: uri_folder}\n',
  })
  assert.equal(job['status'], 'Completed', messageOf(job))
  const trials = trialsOf(job)
  assert.deepEqual(
    trials.map(({ parameters }) => parameters['n']),
    [3, 1, 2],
  )
  assert.equal(job['best_trial'], `${job['name']}_1`)
  assert.equal((job['properties'] as Json)['best_child_run_id'], `${job['name']}_1`)
  const { path: uri } = (job['outputs'] as { o: { path: string } }).o
  const below = uri.replace('azureml://datastores/workspaceblobstore/paths/', '')
  const file = path.join(server.home, 'datastores/workspaceblobstore', below, 'n.txt')
  assert.equal(readFileSync(file, 'utf8'), '1 1\n')
})

test('a trial behind the best is stopped while it runs, and says why', async () => {
  // The bad trial would run for an hour; it ends because the policy looks at what it has logged.
  const job = await runSweep('bandit', {
    command:
      'python3 log.py loss ${{search_space.n}} && if [ ${{search_space.n}} = 9 ]; then exec sleep 3600; fi',
    space: 'n: {type: choice, values: [1, 9]}',
    limits: '{max_total_trials: 2, max_concurrent_trials: 1}',
    more: 'early_termination: {type: bandit, slack_amount: 1, evaluation_interval: 1}\n',
  })
  assert.equal(job['status'], 'Completed', messageOf(job))
  const [good, bad] = trialsOf(job)
  assert.equal(good?.status, 'Completed')
  assert.equal(bad?.status, 'Canceled')
  assert.match(bad?.reason ?? '', /bandit: its best 9 is behind 2, the best 1/)
})

test('a metric that no trial logs fails the sweep, with what they logged instead', async () => {
  const limits = '{max_total_trials: 2}'
  const other = await runSweep('other', {
    command: 'python3 log.py lost 1',
    space: NUMBERS,
    limits,
  })
  assert.equal(other['status'], 'Failed')
  assert.equal(messageOf(other), 'no trial logged loss; they logged: lost')
  const none = await runSweep('nan', { command: 'python3 log.py loss NaN', space: NUMBERS, limits })
  assert.equal(messageOf(none), 'every value of loss that was logged is NaN')
  const failed = await runSweep('fail', { command: 'exit 3', space: NUMBERS, limits })
  assert.equal(
    messageOf(failed),
    'none of 2 trials completed; trial 0: the command exited with code 3',
  )
})

test('past its limit a sweep is cancelled, keeps its best trial and makes no other', async () => {
  const held = path.join(folder.path, 'held')
  const file = folder.write(
    'limit.yml',
    sweepYaml({
      command: `python3 log.py loss \${{search_space.n}} && if [ \${{search_space.n}} = 1 ]; then echo held > ${held}; exec sleep 3600; fi`,
      space: NUMBERS,
      limits: '{max_total_trials: 3, max_concurrent_trials: 1, timeout: 3600}',
    }),
  )
  const name = await submit(server.client, file)
  await untilLines(held, 1)
  await server.stop()
  beginEarlier(name, 3_600)
  server = await startTestServer({ home: server.home })
  const job = await ended(server.client, name)
  assert.equal(job['status'], 'Canceled')
  assert.match(String(job['reason']), /the sweep ran for its limit of 3600 s/)
  assert.deepEqual(
    trialsOf(job).map(({ status }) => status),
    ['Completed', 'Canceled'],
  )
})

/** Lets a job have begun so much earlier than it did, while no server runs. */
function beginEarlier(name: string, seconds: number): void {
  const db = openDb(path.join(server.home, 'amlet.db'))
  db.run('update job set started_ms = started_ms - :ms where name = :name', {
    name,
    ms: seconds * 1_000,
  })
  db.close()
}

test('a trial may be a pipeline component, whose steps log the metric', async () => {
  folder.write(
    'trial.yml',
    `type: pipeline
name: trial
inputs:
  n: {type: integer}
outputs:
  o: {type: uri_folder}
jobs:
  fit:
    type: command
    code: ./src
    command: python3 log.py loss \${{inputs.n}} && echo \${{inputs.n}} > \${{outputs.o}}/n.txt
    environment: {image: any}
    inputs:
      n: \${{parent.inputs.n}}
    outputs:
      o: \${{parent.outputs.o}}
`,
  )
  const file = folder.write(
    'nested.yml',
    `type: pipeline
settings: {default_compute: azureml:local}
jobs:
  tune:
    type: sweep
    trial: ./trial.yml
    sampling_algorithm: grid
    search_space:
      ${NUMBERS}
    objective: {goal: minimize, primary_metric: loss}
    limits: {max_total_trials: 3, max_concurrent_trials: 3}
    outputs:
      o: {type: uri_folder}
  show:
    type: command
    command: grep -x 1 \${{inputs.o}}/n.txt
    environment: {image: any}
    inputs:
      o: \${{parent.jobs.tune.outputs.o}}
`,
  )
  const name = await submit(server.client, file)
  const job = await ended(server.client, name)
  assert.equal(job['status'], 'Completed', messageOf(job))
  const sweep = await server.client.get<Json>(`/jobs/${name}-tune`)
  assert.equal(sweep['best_trial'], `${name}-tune_1`)
  const again = await submit(server.client, file, {
    set: ['jobs.tune.display_name=Tuning', 'jobs.tune.tags.who=ada'],
  })
  await ended(server.client, again)
  const reused = await server.client.get<Json>(`/jobs/${again}-tune`)
  assert.equal(reused['reused_from'], `${name}-tune`)
  assert.equal(reused['best_trial'], `${name}-tune_1`)
  const other = await submit(server.client, file, { set: ['jobs.tune.limits.max_total_trials=2'] })
  await ended(server.client, other)
  const rerun = await server.client.get<Json>(`/jobs/${other}-tune`)
  assert.equal(rerun['reused_from'] ?? null, null)
})

/** Resolves when the side file has this many lines. */
function untilLines(file: string, lines: number): Promise<void> {
  const enough = () => existsSync(file) && readFileSync(file, 'utf8').split('\n').length > lines
  return new Promise((resolve) => {
    const look = () => {
      if (!enough()) return
      watcher.close()
      resolve()
    }
    const watcher = watch(path.dirname(file), look)
    look()
  })
}

test('after SIGKILL of the server in the middle of a sweep no finished trial runs again', async () => {
  const side = path.join(folder.path, 'trials.txt')
  const file = folder.write(
    'killed-sweep.yml',
    sweepYaml({
      command: `python3 log.py loss 1\${{search_space.n}} && echo \${{search_space.n}} >> ${side}`,
      space: `n: {type: choice, values: [${Array.from({ length: 24 }, (_, i) => i).join(', ')}]}`,
      limits: '{max_total_trials: 24, max_concurrent_trials: 2}',
    }),
  )
  const name = await submit(server.client, file)
  for (const lines of [4, 12]) {
    await untilLines(side, lines)
    await server.kill()
    server = await startTestServer({ home: server.home })
  }
  const job = await ended(server.client, name)
  assert.equal(job['status'], 'Completed', messageOf(job))
  const seen = readFileSync(side, 'utf8').trim().split('\n').map(Number)
  const expected = Array.from({ length: 24 }, (_, i) => i)
  assert.deepEqual(
    seen.toSorted((a, b) => a - b),
    expected,
  )
  assert.equal(trialsOf(job).length, 24)
})

test('after SIGKILL of the server in the middle of a parallel job no mini-batch runs again', async () => {
  const side = path.join(folder.path, 'batches.txt')
  folder.write(
    'scoring/score.py',
    `import os, time
def run(mini_batch):
    time.sleep(0.02)
    with open(${JSON.stringify(side)}, 'a') as file:
        file.write(os.path.basename(mini_batch[0]) + '\\n')
    return mini_batch
`,
  )
  for (let i = 0; i < 120; i++) folder.write(`files/${String(i).padStart(3, '0')}.txt`, `${i}\n`)
  const file = folder.write(
    'killed-parallel.yml',
    `type: pipeline
settings: {default_compute: azureml:local}
jobs:
  score:
    type: parallel
    mini_batch_error_threshold: 0
    max_concurrency_per_instance: 2
    input_data: \${{inputs.files}}
    inputs:
      files: {type: uri_folder, path: ./files}
    outputs:
      rows: {type: uri_file}
    task:
      type: run_function
      code: ./scoring
      entry_script: score.py
      environment: {image: any}
      append_row_to: \${{outputs.rows}}
`,
  )
  const name = await submit(server.client, file)
  await untilLines(side, 20)
  await server.kill()
  server = await startTestServer({ home: server.home })
  const job = await ended(server.client, name)
  assert.equal(job['status'], 'Completed', messageOf(job))
  const seen = readFileSync(side, 'utf8').trim().split('\n')
  assert.equal(seen.length, 120)
  assert.equal(new Set(seen).size, 120)
  const score = await server.client.get<{ progress: Json }>(`/jobs/${name}-score`)
  assert.deepEqual([score.progress['done'], score.progress['failed']], [120, 0])
})
