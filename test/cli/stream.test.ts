import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { type CliWorld, collect, makeCliWorld, shellJob, waitForText } from '../support/cli.ts'

let world: CliWorld

const PIPELINE = `type: pipeline
settings: {default_compute: "azureml:local"}
jobs:
  prep:
    type: command
    command: echo preparing; echo 41 > \${{outputs.data}}/value
    environment: {image: "python:3.11"}
    outputs: {data: {type: uri_folder}}
  train:
    type: command
    command: echo "got $(cat \${{inputs.data}}/value)"
    environment: {image: "python:3.11"}
    inputs: {data: {type: uri_folder, path: "\${{parent.jobs.prep.outputs.data}}"}}
`

before(() => {
  world = makeCliWorld()
  world.write('pipeline.yml', PIPELINE)
  world.write('bad.yml', PIPELINE.replace('echo "got', 'echo gone; exit 4; echo "'))
  world.write('job.yml', shellJob('echo one; echo two'))
  world.write('waits.yml', shellJob('echo started; until [ -f go ]; do sleep 0.05; done'))
  world.write('slow.yml', shellJob('echo started; sleep 3600'))
})
after(() => world[Symbol.asyncDispose]())

test('what is done for the environment comes first, under its own name', async () => {
  const { stdout } = await world.run(['job', 'create', '-f', 'job.yml', '--stream'])
  assert.match(
    stdout,
    /\n\nStreaming system_logs\/environment.log\n=+\n\n[\s\S]+ready after[\s\S]+\n\nStreaming user_logs/,
  )
})

test("a command job's transcript, then the job as it ended", async () => {
  const { code, stdout } = await world.run([
    'job',
    'create',
    '-f',
    'job.yml',
    '-n',
    'j1',
    '--stream',
  ])
  assert.equal(code, 0)
  const [, page = ''] = /Web View: (\S+)/.exec(stdout) ?? []
  const transcript = stdout.slice(0, stdout.indexOf('{'))
  assert.equal(
    transcript,
    `RunId: j1
Web View: ${page}

Streaming user_logs/std_log.txt
===============================

one
two

Execution Summary
=================
RunId: j1
Web View: ${page}

`,
  )
  assert.equal(JSON.parse(stdout.slice(transcript.length)).status, 'Completed')
})

test('a pipeline shows the lines of its children behind their names', async () => {
  const { code, stdout } = await world.run(['job', 'create', '-f', 'pipeline.yml', '--stream'])
  assert.equal(code, 0)
  assert.match(stdout, /^prep │ preparing$/m)
  assert.match(stdout, /^train │ got 41$/m)
  assert.match(stdout, /Submitting 1 runs, first five are: [0-9a-f]{8}:\S+-prep/)
  const at = (text: string) => stdout.search(new RegExp(text))
  assert.ok(at('prep │ preparing') < at('Completing processing run id \\S+-prep'), stdout)
  assert.ok(at('train │ got 41') < at('Completing processing run id \\S+-train'), stdout)
})

test('--step follows some of the children only', async () => {
  const { stdout: name } = await world.run([
    ...['job', 'create', '-f', 'pipeline.yml', '--stream', '--query', 'name', '-o', 'tsv'],
  ])
  const { stdout } = await world.run(['job', 'stream', '-n', name.trim(), '--step', 'train'])
  assert.doesNotMatch(stdout, /prep │/)
  assert.match(stdout, /Execution Summary/)
})

test('a failed child ends the command with 1, its lines and the way to look inside', async () => {
  const { code, stderr } = await world.run(['job', 'create', '-f', 'bad.yml', '--stream'])
  assert.equal(code, 1)
  assert.match(stderr, /train: [^"]*code 4/)
  assert.match(stderr, /Last lines of the log:\n {2}gone\n/)
  assert.match(stderr, /Look inside: amlet job shell \S+-train/)
})

test('Ctrl-C stops following and leaves the job alone', async () => {
  const child = world.start(['job', 'create', '-f', 'slow.yml', '-n', 'held', '--stream'])
  const ended = collect(child)
  await waitForText(child, 'stdout', /started\n/)
  child.kill('SIGINT')
  const { code, stderr } = await ended
  assert.equal(code, 1)
  assert.match(stderr, /the job goes on\.\n {2}come back: {2}amlet job stream -n held\n/)
  const { stdout } = await world.run([
    'job',
    'show',
    '-n',
    'held',
    '--query',
    'status',
    '-o',
    'tsv',
  ])
  assert.equal(stdout, 'Running\n')
  await world.run(['job', 'cancel', '-n', 'held'])
})

/** A job that writes a number whenever the file of that number is there. */
const COUNTS = 'for i in 1 2 3 4 5 6; do until [ -e $GO.$i ]; do sleep 0.02; done; echo $i; done'

test('a line is on the screen before the next is written', async () => {
  const go = path.join(world.cwd, 'lines')
  world.write('lines.yml', `${shellJob(COUNTS)}environment_variables: {GO: '${go}'}\n`)
  const child = world.start(['job', 'create', '-f', 'lines.yml', '--stream'])
  const ended = collect(child)
  for (const i of [1, 2, 3, 4, 5, 6]) {
    const shown = waitForText(child, 'stdout', new RegExp(`^${i}$`, 'm'))
    writeFileSync(`${go}.${i}`, '')
    await shown
  }
  assert.equal((await ended).code, 0)
})

test('a server that is killed while a job is followed is started again, and no line is lost or doubled', async () => {
  const go = path.join(world.cwd, 'count')
  world.write('count.yml', `${shellJob(COUNTS)}environment_variables: {GO: '${go}'}\n`)
  const child = world.start(['job', 'create', '-f', 'count.yml', '--stream', '-n', 'survivor'])
  const ended = collect(child)
  const shown = waitForText(child, 'stdout', /^3\n/m)
  for (const i of [1, 2, 3]) writeFileSync(`${go}.${i}`, '')
  await shown
  const { stdout: pid } = await world.run(['server', 'status', '--query', 'pid', '-o', 'tsv'])
  process.kill(Number(pid), 'SIGKILL')
  for (const i of [4, 5, 6]) writeFileSync(`${go}.${i}`, '')
  const { code, stdout } = await ended
  assert.equal(code, 0, stdout)
  const lines = stdout.split('\n').filter((line) => /^\d+$/.test(line))
  assert.deepEqual(lines, ['1', '2', '3', '4', '5', '6'])
})

test('a job that reached its time limit ends without an error, and says what ended it', async () => {
  world.write('limited.yml', `${shellJob('sleep 100')}limits: {timeout: 1}\n`)
  const { code, stderr } = await world.run(['job', 'create', '-f', 'limited.yml', '--stream'])
  assert.equal(code, 0, stderr)
  assert.match(stderr, /^WARNING: the job ended as Canceled: limits\.timeout of 1 s was reached$/m)
})

test('job wait ends when the job is where it should be, or when the time is over', async () => {
  await world.run(['job', 'create', '-f', 'slow.yml', '-n', 'waited'])
  const running = await world.run([
    'job',
    'wait',
    'waited',
    '--for',
    'status=Running',
    '-o',
    'none',
  ])
  assert.equal(running.code, 0, running.stderr)
  const late = await world.run(['job', 'wait', '-n', 'waited', '--timeout', '0.3s'])
  assert.equal(late.code, 1)
  assert.match(late.stderr, /had not ended after 0\.3s; it is (Running|Queued)/)
  await world.run(['job', 'cancel', '-n', 'waited'])
  const ended = await world.run(['job', 'wait', 'waited', '--query', 'status', '-o', 'tsv'])
  assert.equal(ended.stdout, 'Canceled\n')
  const other = await world.run(['job', 'wait', 'waited', '--for', 'completed', '-o', 'none'])
  assert.equal(other.code, 1)
  assert.match(other.stderr, /ended as Canceled, not as Completed/)
  const never = await world.run(['job', 'wait', 'waited', '--for', 'status=Runing'])
  assert.equal(never.code, 2)
  assert.match(never.stderr, /no job is ever 'Runing'\nDid you mean status=Running \?/)
})
