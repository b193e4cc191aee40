import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  watch,
} from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { type CliWorld, collect, makeCliWorld, PROGRAM, shellJob } from '../support/cli.ts'
import { processesOf, untilGone } from '../support/end-home.ts'

let world: CliWorld

before(() => {
  world = makeCliWorld()
  world.write(
    'pipeline.yml',
    `type: pipeline
settings: {default_compute: "azureml:local"}
outputs: {final: {type: uri_folder}}
jobs:
  train:
    type: command
    command: mkdir -p \${{outputs.model}}/sub && echo weights > \${{outputs.model}}/sub/w.txt && echo kept > outputs/kept.txt
    environment: {image: "python:3.11"}
    outputs:
      model: {type: uri_folder, path: "\${{parent.outputs.final}}"}
`,
  )
  world.write('job.yml', shellJob('mkdir -p outputs; echo x > outputs/result.txt; echo hi'))
})
after(() => world[Symbol.asyncDispose]())

const read = (file: string) => readFileSync(path.join(world.cwd, file), 'utf8')

test("a pipeline's outputs are found by their own name and by that of the step", async () => {
  const made = await world.run(['job', 'create', '-f', 'pipeline.yml', '-n', 'pipe', '--stream'])
  assert.equal(made.code, 0, made.stderr)
  const one = await world.run('job download -n pipe --output-name train.model -p one'.split(' '))
  assert.equal(one.code, 0, one.stderr)
  assert.equal(one.stdout, '')
  assert.equal(read('one/named-outputs/train.model/sub/w.txt'), 'weights\n')
  const whole = await world.run('job download -n pipe --output-name final -p whole'.split(' '))
  assert.equal(whole.code, 0, whole.stderr)
  assert.equal(read('whole/named-outputs/final/sub/w.txt'), 'weights\n')
})

test('a download that finds nothing is an error with the names there are', async () => {
  const { code, stderr } = await world.run('job download -n pipe --output-name modle'.split(' '))
  assert.equal(code, 1)
  assert.match(stderr, /no output "modle"; it has: .*train\.model/)
})

test('a download without a name has the logs and what the script kept', async () => {
  await world.run(['job', 'create', '-f', 'job.yml', '-n', 'plain', '--stream'])
  const { code, stderr } = await world.run(['job', 'download', '-n', 'plain', '-p', 'plain'])
  assert.equal(code, 0, stderr)
  assert.equal(read('plain/artifacts/user_logs/std_log.txt'), 'hi\n')
  assert.equal(read('plain/artifacts/outputs/result.txt'), 'x\n')
})

test('job outputs lists those of the pipeline and of its steps, with paths to go to', async () => {
  const { stdout } = await world.run('job outputs pipe --query [].[step,name] -o tsv'.split(' '))
  assert.match(stdout, /train\tmodel/)
  const { stdout: place } = await world.run([
    ...['job', 'outputs', 'pipe', '--query', "[?name=='model'].local_path | [0]", '-o', 'tsv'],
  ])
  assert.ok(existsSync(path.join(place.trim(), 'sub', 'w.txt')), place)
})

test('a folder becomes a datastore by one line, and its paths can be used in a job', async () => {
  world.write('shelf/data.txt', 'from the shelf\n')
  const made = await world.run(['datastore', 'create', '-n', 'shelf', '--path', 'shelf'])
  assert.equal(made.code, 0, made.stderr)
  const job = shellJob('cat ${{inputs.file}}')
  world.write(
    'reads.yml',
    `${job}inputs:\n  file: {type: uri_file, path: azureml://datastores/shelf/paths/data.txt}\n`,
  )
  const { code, stdout, stderr } = await world.run(['job', 'create', '-f', 'reads.yml', '--stream'])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /\nfrom the shelf\n/)
})

test('a tree of jobs has children below their parents', async () => {
  const { stdout } = await world.run(['job', 'list', '--tree', '-o', 'table'])
  assert.match(stdout, /^pipe +Completed[^\n]*\n {2}pipe-train +Completed/m)
})

test('an archived job is left out of lists until it is restored', async () => {
  const names = async (...more: string[]) =>
    (await world.run(['job', 'list', '--query', '[].name', '-o', 'tsv', ...more])).stdout
  await world.run(['job', 'archive', '-n', 'plain'])
  assert.doesNotMatch(await names(), /plain/)
  assert.match(await names('--archived-only'), /^plain\n$/)
  await world.run(['job', 'restore', '-n', 'plain'])
  assert.match(await names(), /plain/)
})

test('tags of a job are changed in the order typed', async () => {
  const { code, stderr, stdout } = await world.run([
    ...['job', 'update', '-n', 'plain', '--set', 'tags.a=1', 'tags.b=two'],
    ...['--remove', 'tags.a', '--query', 'tags'],
  ])
  assert.equal(code, 0, stderr)
  assert.deepEqual(JSON.parse(stdout), { b: 'two' })
})

test('exec gives a command a home and server of its own, and its exit code is ours', async () => {
  const script = [
    'name=$(amlet job create -f job.yml --stream --query name -o tsv 2>/dev/null)',
    'echo "$name $AMLET_HOME"',
    'exit 7',
  ].join('; ')
  const { code, stdout, stderr } = await world.bash(
    `export -f amlet; amlet exec -- bash -c '${script}'`,
  )
  assert.equal(code, 7, stderr)
  const [name = '', home = ''] = stdout.trim().split(' ')
  assert.match(name, /^\w+$/)
  assert.notEqual(home, world.home)
  assert.equal(existsSync(home), false, 'its home is gone')
})

test('exec leaves when the jobs that its command left have ended, and cannot write any more', async () => {
  const mark = path.join(world.cwd, 'ended')
  const ends = `trap 'sleep 0.3; echo its end > "$MARK"; exit 0' TERM`
  world.write(
    'long.yml',
    `type: command
command: |
  ${ends}
  touch "$MARK.begun"
  while :; do sleep 0.05; done
environment: {image: any}
environment_variables: {MARK: '${mark}'}
`,
  )
  const script = [
    'amlet job create -f long.yml -n long --env machine -o none',
    `until [ -e "${mark}.begun" ]; do sleep 0.05; done`,
    'echo "$AMLET_HOME"',
  ].join('; ')
  const { code, stdout, stderr } = await world.bash(
    `export -f amlet; amlet exec -- bash -c '${script}'`,
  )
  assert.equal(code, 0, stderr)
  assert.equal(read('ended'), 'its end\n')
  const home = stdout.trim()
  assert.ok(home.length > 1 && !existsSync(home), home)
  // A shell of the worker that has nothing more to do may take a moment to go, and goes.
  untilGone(processesOf(home))
})

test('amlet itself is found by the command of exec, in a clone too', async () => {
  const { code, stdout, stderr } = await world.run(['exec', '--', 'amlet', 'job', 'list'])
  assert.equal(code, 0, stderr)
  assert.equal(stdout, '[]\n')
})

test('exec that is ended before its command began leaves no server and no folder behind', async () => {
  const temporary = path.join(world.cwd, 'temporary')
  mkdirSync(temporary)
  const child = spawn(process.execPath, [PROGRAM, 'exec', '--', 'sleep', '60'], {
    cwd: world.cwd,
    env: { ...world.env, TMPDIR: temporary },
  })
  const ended = collect(child)
  const homes = () => readdirSync(temporary).filter((name) => name.startsWith('amlet-'))
  // The folder is there before the server is.
  const watcher = watch(temporary)
  while (homes().length === 0) await once(watcher, 'change')
  watcher.close()
  child.kill('SIGTERM')
  const { code } = await ended
  assert.equal(code, 128 + 15)
  assert.deepEqual(homes(), [])
})

test('doctor is exit code 1 where no home can be made, and says what to do', async () => {
  const { code, stdout } = await world.run(['doctor'], { env: { AMLET_HOME: '/dev/null/home' } })
  assert.equal(code, 1)
  assert.match(stdout, /^PROBLEM +home +\/dev\/null\/home cannot be written\n +set AMLET_HOME/m)
})

test('a command that is not there is an error of exec, not a stack', async () => {
  const { code, stderr } = await world.run(['exec', '--', 'no-such-program'])
  assert.equal(code, 1)
  assert.match(stderr, /"no-such-program" could not be started/)
})

test('the server is started, described and stopped', async () => {
  const { stdout: url } = await world.run(['server', 'start', '--print-url'])
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\n$/)
  const { stdout } = await world.run(['server', 'status'])
  const status = JSON.parse(stdout)
  assert.equal(status.home, world.home)
  assert.equal(typeof status.pid, 'number')
  assert.ok(Array.isArray(status.load_average))
  assert.equal((await world.run(['server', 'stop'])).code, 0)
  const gone = await world.run(['server', 'status'])
  assert.equal(gone.code, 1)
  assert.match(gone.stderr, /no server is running/)
  const again = await world.run(['server', 'stop'])
  assert.equal(again.code, 0, 'stopping twice does no harm')
  const { stdout: log } = await world.run(['server', 'logs', '--lines', '5'])
  assert.match(log, /stopp/i)
  const { stdout: same } = await world.run(['server', 'start', '--print-url'])
  assert.equal(same, url, 'jobs know the port, so it is kept')
})

test('doctor says what there is, for people and for programs', async () => {
  const people = await world.run(['doctor'])
  assert.equal(people.code, 0, people.stdout)
  assert.match(people.stdout, /^ok +node +24\./m)
  const { stdout } = await world.run(['doctor', '--json'])
  const findings: { what: string; state: string }[] = JSON.parse(stdout)
  assert.ok(findings.some(({ what, state }) => what === 'home' && state === 'ok'))
})

test('doctor notes that nothing keeps jobs from changing what they read, where that is so', async () => {
  await using bare = makeCliWorld()
  bare.write('bin/unshare', '#!/bin/sh\necho "Operation not permitted" >&2\nexit 1\n')
  chmodSync(path.join(bare.cwd, 'bin/unshare'), 0o755)
  const PATH = `${path.join(bare.cwd, 'bin')}:${process.env['PATH']}`
  await bare.run(['server', 'start'], { env: { PATH } })
  const { stdout } = await bare.run(['doctor'])
  assert.match(
    stdout,
    /^note +protection +no .*namespace is to be had \(Operation not permitted\)/m,
  )
})

test('job list --web gives a link to the page of all jobs, also before there is any', async () => {
  const none = { DISPLAY: '', WAYLAND_DISPLAY: '', WSL_DISTRO_NAME: '', BROWSER: '' }
  const { stderr } = await world.run(['job', 'list', '--web', '-o', 'none'], { env: none })
  const [link = ''] = /http:\S+/.exec(stderr) ?? []
  const { status, headers } = await fetch(link, { redirect: 'manual' })
  assert.deepEqual([status, headers.get('location')], [303, '/jobs'], stderr)
})

test('mlflow env is for eval', async () => {
  const { stdout, code, stderr } = await world.bash(
    'eval "$(amlet mlflow env)"; echo "$MLFLOW_TRACKING_URI $MLFLOW_TRACKING_TOKEN"',
  )
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^http:\/\/127\.0\.0\.1:\d+\S* \S{20,}\n$/)
})

test('settings are kept where only their owner reads them', async () => {
  await world.run(['configure', '--defaults', 'workspace=w'])
  const file = path.join(world.home, 'config')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(readFileSync(file, 'utf8'), '[defaults]\nworkspace = w\n')
})

test('bash completes words, options, fixed values and names of jobs', async () => {
  const complete = async (line: string) => {
    const words = line.split(' ')
    const { stdout, stderr } = await world.bash(`
      eval "$(amlet completion bash)"
      COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
      COMP_CWORD=${words.length - 1}
      _amlet
      printf '%s\\n' "\${COMPREPLY[@]}"`)
    assert.equal(stderr, '')
    return stdout.trim().split('\n')
  }
  assert.deepEqual(await complete('amlet jo'), ['job'])
  assert.ok((await complete('amlet ml job ')).includes('create'))
  assert.ok((await complete('amlet job create --st')).includes('--stream'))
  assert.deepEqual(await complete('amlet job list -o t'), ['table', 'tsv'])
  assert.deepEqual(await complete('amlet job show -n pla'), ['plain'])
  assert.deepEqual(await complete('amlet job create -f pipe'), ['pipeline.yml'])
})
