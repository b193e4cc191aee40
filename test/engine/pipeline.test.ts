import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { listTree } from '../../src/store/jobs.ts'
import { makeWorld, plan, step, untilEnded } from '../support/engine-world.ts'
import { FakeExecutor, writeOutput } from '../support/fake-executor.ts'

const works = (launch: Parameters<typeof writeOutput>[0]) => {
  writeOutput(launch, 'out', launch.jobName)
  return { code: 0 }
}

test('a pipeline runs its steps in the order of what they read and completes', async () => {
  const executor = new FakeExecutor(works)
  const world = await makeWorld({ executor })
  const entity = {
    type: 'pipeline',
    jobs: { b: step('b', ['a']), a: step('a'), c: step('c', ['a', 'b']) },
  } as const
  world.engine.submit(plan(entity, 'p1'))
  const row = await untilEnded(world, 'p1')
  assert.equal(row.status, 'Completed')
  assert.deepEqual(
    executor.launches.map((launch) => launch.jobName),
    ['p1-a', 'p1-b', 'p1-c'],
  )
  const out = path.join(world.home, 'datastores/workspaceblobstore/azureml/p1-c/out/data.txt')
  assert.equal(readFileSync(out, 'utf8'), 'p1-c')
  const staging = path.join(world.home, 'datastores/workspaceblobstore/.staging')
  assert.deepEqual(readdirSync(staging), [], 'what was made has moved')
  assert.deepEqual(world.errors, [])
  assert.equal(world.engine.openJobs, 0)
  await world.close()
})

test('a step that fails is the error of its pipeline, and what reads it is not run', async () => {
  const executor = new FakeExecutor((launch) =>
    launch.jobName === 'p-a' ? { code: 3 } : works(launch),
  )
  const world = await makeWorld({ executor })
  const jobs = { a: step('a'), b: step('b', ['a']), other: step('other') }
  world.engine.submit(plan({ type: 'pipeline', jobs }, 'p'))
  const row = await untilEnded(world, 'p')
  assert.equal(row.status, 'Failed')
  assert.equal(row.error?.child, 'a')
  assert.equal(row.error?.exit_code, 3)
  assert.equal(row.error?.shell, 'amlet job shell p-a')
  const children = listTree(world.db, 'p').map(({ step, status, reason }) => [step, status, reason])
  assert.deepEqual(children.slice(1), [
    ['a', 'Failed', 'the command exited with code 3'],
    ['b', 'Canceled', 'not run: a failed'],
    ['other', 'Completed', null],
  ])
  await world.close()
})

test('an unchanged pipeline is reused whole, and only what reads a change runs again', async () => {
  const executor = new FakeExecutor(works)
  const world = await makeWorld({ executor })
  const jobs = (b: string) => ({ a: step('a'), b: step(b, ['a']), c: step('c', ['b']) })
  world.engine.submit(plan({ type: 'pipeline', jobs: jobs('b') }, 'p1'))
  await untilEnded(world, 'p1')
  world.engine.submit(plan({ type: 'pipeline', jobs: jobs('b') }, 'p2'))
  const row = await untilEnded(world, 'p2')
  assert.equal(row.status, 'Completed')
  assert.equal(executor.launches.length, 3)
  const again = listTree(world.db, 'p2').slice(1)
  assert.deepEqual(
    again.map((job) => job.reusedFrom),
    ['p1-a', 'p1-b', 'p1-c'],
  )
  world.engine.submit(plan({ type: 'pipeline', jobs: jobs('b2') }, 'p3'))
  await untilEnded(world, 'p3')
  assert.deepEqual(
    executor.launches.slice(3).map((launch) => launch.jobName),
    ['p3-b', 'p3-c'],
  )
  await world.close()
})

test('a forced run takes nothing from earlier ones, and later ones take its results', async () => {
  const executor = new FakeExecutor(works)
  const world = await makeWorld({ executor })
  const jobs = { a: step('a') }
  const forced = { type: 'pipeline', jobs, settings: { force_rerun: true } } as const
  for (const name of ['p1', 'p2']) {
    world.engine.submit(plan(forced, name))
    await untilEnded(world, name)
  }
  assert.equal(executor.launches.length, 2)
  world.engine.submit(plan({ type: 'pipeline', jobs }, 'p3'))
  await untilEnded(world, 'p3')
  assert.deepEqual(
    listTree(world.db, 'p3').map((job) => job.reusedFrom),
    [null, 'p2-a'],
  )
  await world.close()
})
