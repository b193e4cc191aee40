import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { CommandJob, PipelineNode } from '../../src/core/entity.ts'
import { AmletError } from '../../src/core/errors.ts'
import { listAttempts } from '../../src/store/attempts.ts'
import { getJob, listTree } from '../../src/store/jobs.ts'
import { makeHome, makeWorld, plan, step, untilEnded, untilJob } from '../support/engine-world.ts'
import { FakeExecutor, SilentExecutor, writeOutput } from '../support/fake-executor.ts'

const works = (launch: Parameters<typeof writeOutput>[0]) => {
  writeOutput(launch, 'out', launch.jobName)
  return { code: 0 }
}

const command = (outputs: CommandJob['outputs'] = {}): CommandJob => ({
  type: 'command',
  command: 'run',
  environment: 'machine',
  outputs,
})

test('an output that was never written fails the job and names the port', async () => {
  const executor = new FakeExecutor(() => ({ code: 0 }))
  const world = await makeWorld({ executor })
  world.engine.submit(plan(command({ model: { type: 'custom_model', name: 'm' } }), 'j'))
  const row = await untilEnded(world, 'j')
  assert.deepEqual([row.status, row.error?.code], ['Failed', 'OutputMissing'])
  assert.match(row.error?.message ?? '', /nothing to its output "model"/)
  assert.deepEqual(row.outputs, {})
  await world.close()
})

test('what a failed job wrote stays as partial, and nothing appears at its place', async () => {
  const executor = new FakeExecutor((launch) => {
    writeOutput(launch, 'out', 'half')
    return { code: 1 }
  })
  const world = await makeWorld({ executor })
  world.engine.submit(plan(command({ out: { type: 'uri_folder', name: 'registered' } }), 'j'))
  const { outputs } = await untilEnded(world, 'j')
  assert.equal(outputs['out']?.is_partial, true)
  assert.equal(outputs['out']?.asset, undefined)
  const folder = path.join(world.home, 'datastores/workspaceblobstore')
  assert.ok(!existsSync(path.join(folder, 'azureml/j/out')))
  const kept = outputs['out']?.uri.split('/paths/')[1] ?? ''
  assert.equal(readFileSync(path.join(folder, kept, 'data.txt'), 'utf8'), 'half')
  await world.close()
})

test('an explicit place shows what is there already, and the step adds to it', async () => {
  const executor = new FakeExecutor(works)
  const world = await makeWorld({ executor })
  const folder = path.join(world.home, 'datastores/lake/shared')
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'old'), 'old')
  const uri = 'azureml://datastores/lake/paths/shared'
  world.engine.submit(plan(command({ out: { type: 'uri_folder', path: uri } }), 'j'))
  const row = await untilEnded(world, 'j')
  assert.equal(row.outputs['out']?.uri, `${uri}/`)
  assert.equal(readFileSync(path.join(folder, 'old'), 'utf8'), 'old')
  assert.equal(readFileSync(path.join(folder, 'data.txt'), 'utf8'), 'j')
  await world.close()
})

const artifacts = { artifacts: { type: 'uri_folder' } } as const
const keepsPlot = new FakeExecutor((launch) => {
  mkdirSync(path.join(launch.workDir, 'outputs'), { recursive: true })
  writeFileSync(path.join(launch.workDir, 'outputs/plot'), 'p')
  return { code: 0 }
})

test('an output "artifacts" that the command does not name is the folder of its kept files', async () => {
  const world = await makeWorld({ executor: keepsPlot })
  world.engine.submit(plan(command(artifacts), 'j'))
  const row = await untilEnded(world, 'j')
  assert.deepEqual([row.status, row.error], ['Completed', null])
  const place = 'datastores/workspaceartifactstore/paths/ExperimentRun/dcid.j/'
  assert.equal(row.outputs['artifacts']?.uri, `azureml://${place}`)
  const kept = path.join(world.home, place.replace('/paths', ''), 'outputs/plot')
  assert.equal(readFileSync(kept, 'utf8'), 'p')
  await world.close()
})

test('an output "artifacts" that the command names is an output like any other', async () => {
  const world = await makeWorld({ executor: keepsPlot })
  const named = 'run ${{outputs.artifacts}}'
  world.engine.submit(plan({ ...command(artifacts), command: named }, 'j'))
  const row = await untilEnded(world, 'j')
  assert.deepEqual([row.status, row.error?.code], ['Failed', 'OutputMissing'])
  await world.close()
})

test('./outputs and ./logs of a job are kept as its artifacts, of a failed one too', async () => {
  const executor = new FakeExecutor((launch) => {
    mkdirSync(path.join(launch.workDir, 'outputs'), { recursive: true })
    writeFileSync(path.join(launch.workDir, 'outputs/plot'), 'p')
    return { code: 1 }
  })
  const world = await makeWorld({ executor })
  world.engine.submit(plan(command(), 'j'))
  await untilEnded(world, 'j')
  const kept = 'datastores/workspaceartifactstore/ExperimentRun/dcid.j/outputs/plot'
  assert.equal(readFileSync(path.join(world.home, kept), 'utf8'), 'p')
  await world.close()
})

test('an output is registered with its success, and a refusal is the error of the job', async () => {
  const executor = new FakeExecutor(works)
  const registered: string[] = []
  const world = await makeWorld({
    executor,
    deps: {
      registerOutput: (_db, { job, name, uri }) => {
        if (name === 'bad')
          throw new AmletError({ code: 'AssetExists', message: 'it has 1 already' })
        registered.push(`${job} ${uri}`)
        return { id: 'id', name, version: '7' }
      },
    },
  })
  world.engine.submit(plan(command({ out: { name: 'good' } }), 'a'))
  const { outputs } = await untilEnded(world, 'a')
  assert.equal(outputs['out']?.asset?.version, '7')
  assert.deepEqual(registered, ['a azureml://datastores/workspaceblobstore/paths/azureml/a/out/'])
  world.engine.submit(plan(command({ out: { name: 'bad' } }), 'b'))
  const { error } = await untilEnded(world, 'b')
  assert.equal(error?.message, 'the output "out" could not be registered: it has 1 already')
  await world.close()
})

test('a lost attempt is tried again under an id of its own, and its late end is not listened to', async () => {
  const executor = new FakeExecutor()
  const world = await makeWorld({ executor })
  world.engine.submit(plan(command({ out: {} }), 'j'))
  const first = await executor.launchOf('j')
  executor.end(first, { lost: true })
  await untilJob(world, 'j', (row) => row.attempts === 2)
  const second = await executor.launchOf('j')
  assert.notEqual(second.attemptId, first.attemptId)
  executor.end(first, { code: 1 })
  works(second)
  executor.end(second, { code: 0 })
  const row = await untilEnded(world, 'j')
  assert.equal(row.status, 'Completed')
  assert.deepEqual(
    listAttempts(world.db, 'j').map(({ end }) => end),
    ['lost: gone', 'exited'],
  )
  await world.close()
})

test('a cancel ends the running, never starts the waiting, and the pipeline is Canceled', async () => {
  const executor = new FakeExecutor()
  const world = await makeWorld({ executor })
  const jobs = { a: step('a'), b: step('b', ['a']), c: step('c') }
  world.engine.submit(plan({ type: 'pipeline', jobs }, 'p'))
  await executor.launchOf('p-a')
  const row = world.engine.cancel('p')
  assert.equal(row.status, 'CancelRequested')
  await untilEnded(world, 'p')
  const ends = listTree(world.db, 'p').map(({ step: at, status }) => [at, status])
  assert.deepEqual(ends, [
    ['', 'Canceled'],
    ['a', 'Canceled'],
    ['b', 'Canceled'],
    ['c', 'Canceled'],
  ])
  assert.throws(() => world.engine.cancel('p'), /has ended already: it is Canceled/)
  await world.close()
})

test('what a job wrote that was cancelled is partial, also when its program then ended well', async () => {
  const executor = new FakeExecutor()
  const world = await makeWorld({ executor })
  world.engine.submit(plan(command({ out: { type: 'uri_folder', name: 'registered' } }), 'j'))
  const launch = await executor.launchOf('j')
  executor.cancel = async () => {
    writeOutput(launch, 'out', 'half')
    executor.end(launch, { code: 0 })
  }
  world.engine.cancel('j')
  const { status, outputs } = await untilEnded(world, 'j')
  assert.equal(status, 'Canceled')
  assert.deepEqual([outputs['out']?.is_partial, outputs['out']?.asset], [true, undefined])
  assert.ok(!existsSync(path.join(world.home, 'datastores/workspaceblobstore/azureml/j/out')))
  await world.close()
})

test('a pipeline is Running while a step of it is, and one inside it too', async () => {
  const executor = new FakeExecutor()
  const world = await makeWorld({ executor })
  const inner = {
    type: 'pipeline',
    component: { type: 'pipeline', jobs: { a: step('a') } },
  } as const
  world.engine.submit(plan({ type: 'pipeline', jobs: { inner } }, 'p'))
  const launch = await executor.launchOf('p-inner-a')
  const statuses = listTree(world.db, 'p').map(({ step: at, status }) => [at, status])
  assert.deepEqual(statuses.slice(0, 2), [
    ['', 'Running'],
    ['inner', 'Running'],
  ])
  executor.end(launch, {})
  assert.equal((await untilEnded(world, 'p')).status, 'Failed')
  await world.close()
})

test('a job starts and ends when its process does, not when the engine hears of it', async () => {
  const executor = new FakeExecutor()
  const world = await makeWorld({ executor })
  world.engine.submit(plan({ type: 'pipeline', jobs: { a: step('a') } }, 'p'))
  const later = Date.now() + 60_000
  executor.now = () => later
  const launch = await executor.launchOf('p-a')
  executor.now = () => later + 3
  writeOutput(launch, 'out', 'x')
  executor.end(launch, {})
  await untilEnded(world, 'p')
  const job = getJob(world.db, 'p-a')
  assert.deepEqual([job?.startedMs, job?.endedMs], [later, later + 3])
  await world.close()
})

test('the time limit of a pipeline cancels it and says so', async () => {
  const executor = new FakeExecutor()
  const world = await makeWorld({ executor })
  const limits = { timeout: 0.05 }
  world.engine.submit(plan({ type: 'pipeline', jobs: { a: step('a') }, limits }, 'p'))
  const row = await untilEnded(world, 'p')
  assert.deepEqual([row.status, row.reason], ['Canceled', 'limits.timeout of 0.05 s was reached'])
  await world.close()
})

test('the first failure stops the others where steps do not go on', async () => {
  const executor = new FakeExecutor((launch) =>
    launch.jobName === 'p-bad' ? { code: 1 } : undefined,
  )
  const world = await makeWorld({ executor })
  const settings = { continue_on_step_failure: false }
  const jobs = { slow: step('slow'), bad: step('bad'), later: step('later', ['slow']) }
  world.engine.submit(plan({ type: 'pipeline', jobs, settings }, 'p'))
  const row = await untilEnded(world, 'p')
  assert.deepEqual([row.status, row.error?.child], ['Failed', 'bad'])
  assert.deepEqual(
    listTree(world.db, 'p').map(({ status }) => status),
    ['Failed', 'Canceled', 'Failed', 'Canceled'],
  )
  await world.close()
})

test('a job says which environment it waits for, and a build that fails is its error', async () => {
  const failed = Promise.withResolvers<Readonly<Record<string, string>>>()
  const executor = new FakeExecutor(works)
  const world = await makeWorld({ executor, deps: { ensureEnvironment: () => failed.promise } })
  world.engine.submit(plan(command(), 'j'))
  const waiting = getJob(world.db, 'j')
  assert.deepEqual(
    [waiting?.status, waiting?.reason],
    ['Preparing', 'preparing environment machine'],
  )
  const message = 'no matching distribution found for lightgbmm'
  failed.reject(new AmletError({ code: 'EnvironmentBuildFailed', message }))
  const row = await untilEnded(world, 'j')
  assert.deepEqual(
    [row.status, row.error?.code, row.error?.message],
    [...['Failed', 'EnvironmentBuildFailed', message]],
  )
  await world.close()
})

test('an environment that was removed behind the back of the server is built again for the next job', async () => {
  const folder = makeHome()
  let builds = 0
  const ensureEnvironment = async () => {
    builds += 1
    mkdirSync(folder, { recursive: true })
    return { VIRTUAL_ENV: folder }
  }
  const world = await makeWorld({ executor: new FakeExecutor(works), deps: { ensureEnvironment } })
  const run = async (name: string) => {
    world.engine.submit(plan(command({ out: { type: 'uri_folder' } }), name))
    return (await untilEnded(world, name)).status
  }
  assert.deepEqual([await run('a'), await run('b'), builds], ['Completed', 'Completed', 1])
  rmSync(folder, { recursive: true })
  assert.deepEqual([await run('c'), builds], ['Completed', 2])
  await world.close()
  rmSync(folder, { recursive: true })
})

test('a name that is taken is refused, and the first job of it goes on', async () => {
  const executor = new FakeExecutor(works)
  const world = await makeWorld({ executor })
  world.engine.submit(plan(command({ out: {} }), 'j'))
  assert.throws(() => world.engine.submit(plan(command(), 'j')), { code: 'JobExists' })
  assert.equal((await untilEnded(world, 'j')).status, 'Completed')
  await world.close()
})

test('a step that was reused gives its outputs to steps that run', async () => {
  const executor = new FakeExecutor(works)
  const world = await makeWorld({ executor })
  world.engine.submit(plan({ type: 'pipeline', jobs: { a: step('a') } }, 'p1'))
  await untilEnded(world, 'p1')
  const jobs = { a: step('a'), b: step('b', ['a']) }
  world.engine.submit(plan({ type: 'pipeline', jobs }, 'p2'))
  await untilEnded(world, 'p2')
  const launch = await executor.launchOf('p2-b')
  assert.match(launch.env['AZURE_ML_INPUT_a'] ?? '', /azureml\/p1-a\/out$/)
  await world.close()
})

test('a job that is resumed takes over what finished, even what is never reused', async () => {
  const fails = new Set(['p1-b'])
  const executor = new FakeExecutor((launch) =>
    fails.has(launch.jobName) ? { code: 1 } : works(launch),
  )
  const world = await makeWorld({ executor })
  const entity = {
    type: 'pipeline',
    settings: { force_rerun: true },
    jobs: { a: step('a'), b: step('b', ['a']) },
  } as const
  world.engine.submit(plan(entity, 'p1'))
  await untilEnded(world, 'p1')
  world.engine.submit(plan(entity, 'p2'), { resumes: 'p1' })
  assert.equal((await untilEnded(world, 'p2')).status, 'Completed')
  assert.deepEqual(
    executor.launches.map(({ jobName }) => jobName),
    ['p1-a', 'p1-b', 'p2-b'],
  )
  await world.close()
})

test('a job that is cancelled before its attempt was handed over ends, and nothing is started', async () => {
  const executor = new FakeExecutor()
  const home = makeHome()
  const first = await makeWorld({ home, executor: new SilentExecutor() })
  first.engine.submit(plan(command(), 'j'))
  await untilJob(first, 'j', (row) => row.reason?.includes('does not answer') === true)
  first.engine.cancel('j')
  assert.equal((await untilEnded(first, 'j')).status, 'Canceled')
  first.engine.submit(plan(command(), 'k'))
  await untilJob(first, 'k', (row) => row.reason?.includes('does not answer') === true)
  await first.close()
  const ready = Promise.withResolvers<Readonly<Record<string, string>>>()
  const deps = { ensureEnvironment: () => ready.promise }
  const second = await makeWorld({ home, executor, deps })
  second.engine.cancel('k')
  assert.equal((await untilEnded(second, 'k')).status, 'Canceled')
  ready.resolve({})
  assert.deepEqual(executor.launches, [])
  await second.close()
})

test('a job of a stopped compute waits and says so, until it is started or the job is cancelled', async () => {
  const executor = new FakeExecutor(() => ({ code: 0 }))
  let isStopped = true
  const world = await makeWorld({ executor, deps: { isStopped: () => isStopped } })
  for (const name of ['kept', 'dropped']) world.engine.submit(plan(command(), name))
  const waiting = await untilJob(
    world,
    'kept',
    ({ reason }) => reason?.includes('is stopped') ?? false,
  )
  assert.equal(waiting.status, 'Queued')
  assert.match(waiting.reason ?? '', /amlet compute start -n local$/)
  world.engine.cancel('dropped')
  assert.equal((await untilEnded(world, 'dropped')).status, 'Canceled')
  world.engine.noteComputes()
  assert.deepEqual(executor.launches, [])
  isStopped = false
  world.engine.noteComputes()
  assert.equal((await executor.launchOf('kept')).jobName, 'kept')
  await untilEnded(world, 'kept')
  await world.close()
})

test('what an executor is asked for is kept until it has answered', async () => {
  const executor = new FakeExecutor()
  const world = await makeWorld({ executor })
  const intents = () => world.db.all('select job from intent').map(({ job }) => job)
  world.engine.submit(plan(command(), 'first'))
  const first = await executor.launchOf('first')
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  const submit = executor.submit.bind(executor)
  executor.submit = async (launches) => {
    asked.resolve()
    await answer.promise
    await submit(launches)
  }
  world.engine.submit(plan(command(), 'second'))
  await asked.promise
  // The commit of its end takes along what waits for a commit.
  executor.end(first, {})
  await untilEnded(world, 'first')
  assert.deepEqual(intents(), ['second'])
  answer.resolve()
  executor.end(await executor.launchOf('second'), {})
  await untilEnded(world, 'second')
  await world.engine.stop()
  assert.deepEqual(intents(), [])
  await world.close()
})

test('a turn that cannot be committed leaves nothing behind, on the disk or in memory', async () => {
  const executor = new FakeExecutor(works)
  let isBroken = false
  const checkpoint = (at: string) => {
    if (isBroken && at === 'before commit') throw new Error('torn')
  }
  const world = await makeWorld({ executor, deps: { checkpoint } })
  const rows = () =>
    ['job', 'job_event', 'job_plan', 'attempt', 'intent', 'reuse_part'].map((table) =>
      world.db.all(`select * from ${table}`),
    )
  const before = rows()
  isBroken = true
  const jobs = { a: step('a'), b: step('b', ['a']) }
  assert.throws(() => world.engine.submit(plan({ type: 'pipeline', jobs }, 'p')), /torn/)
  assert.deepEqual(rows(), before)
  isBroken = false
  world.engine.submit(plan({ type: 'pipeline', jobs }, 'p'))
  assert.equal((await untilEnded(world, 'p')).status, 'Completed')
  await world.close()
})

test('a listener that throws harms nobody', async () => {
  const executor = new FakeExecutor(works)
  const world = await makeWorld({ executor })
  world.engine.subscribe(() => {
    throw new Error('listener')
  })
  world.engine.submit(plan(command({ out: {} }), 'j'))
  assert.equal((await untilEnded(world, 'j')).status, 'Completed')
  assert.equal(executor.launches.length, 1)
  assert.ok(world.errors.length > 0)
  await world.close()
})

const nested = (timeout: number, command: string) => ({
  type: 'pipeline' as const,
  inputs: { from: '${{parent.jobs.a.outputs.out}}' },
  limits: { timeout },
  component: {
    type: 'pipeline' as const,
    inputs: { from: { type: 'uri_folder' as const } },
    jobs: {
      b: {
        ...step(command, ['from']),
        inputs: { from: '${{parent.inputs.from}}' },
      } as PipelineNode,
    },
  },
})

test('the time limit of a pipeline counts from its start, not from its submission', async () => {
  let skippedMs = 0
  const executor = new FakeExecutor((launch) => {
    if (launch.jobName === 'p-a') skippedMs = 3_600_000
    return works(launch)
  })
  const world = await makeWorld({ executor, deps: { now: () => Date.now() + skippedMs } })
  const jobs = { a: step('a'), inner: nested(600, 'b') }
  world.engine.submit(plan({ type: 'pipeline', jobs }, 'p'))
  const row = await untilEnded(world, 'p')
  assert.deepEqual([row.status, row.reason], ['Completed', null])
  await world.close()
})

test('a nested pipeline that runs longer than its limit is cancelled, with the reason', async () => {
  const executor = new FakeExecutor((launch) =>
    launch.jobName === 'p-a' ? works(launch) : undefined,
  )
  const world = await makeWorld({ executor })
  const jobs = { a: step('a'), inner: nested(1, 'b') }
  world.engine.submit(plan({ type: 'pipeline', jobs }, 'p'))
  const running = await untilJob(world, 'p', ({ status }) => status === 'Running')
  assert.equal(running.endedMs, null)
  await untilEnded(world, 'p')
  const rows = listTree(world.db, 'p').map(({ step, status, reason }) => [step, status, reason])
  assert.deepEqual(rows, [
    ['', 'Canceled', 'inner was cancelled'],
    ['a', 'Completed', null],
    ['inner', 'Canceled', 'limits.timeout of 1 s was reached'],
    ['inner.b', 'Canceled', 'the job it belongs to was cancelled'],
  ])
  await world.close()
})

test('attempts that are cancelled together are one call to their engine', async () => {
  const executor = new FakeExecutor()
  const world = await makeWorld({ executor })
  const calls: number[] = []
  const cancel = executor.cancel.bind(executor)
  executor.cancel = async (attempts) => {
    calls.push(attempts.length)
    await cancel(attempts)
  }
  const names = Array.from({ length: 10 }, (_, i) => `s${i}`)
  const jobs = Object.fromEntries(names.map((name) => [name, step(name)]))
  world.engine.submit(plan({ type: 'pipeline', jobs }, 'p'))
  for (const name of names) await executor.launchOf(`p-${name}`)
  world.engine.cancel('p')
  const row = await untilEnded(world, 'p')
  assert.equal(row.status, 'Canceled')
  assert.deepEqual(calls, [10])
  await world.close()
})
