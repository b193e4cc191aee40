import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { Launch } from '../../src/compute/executor.ts'
import type { CommandJob } from '../../src/core/entity.ts'
import { makeWorld, plan, untilEnded } from '../support/engine-world.ts'
import { FakeExecutor, writeOutput } from '../support/fake-executor.ts'

/** Runs a job that removes what stands for its output `out` and does `then` at that path. */
async function replaced(then: (at: string) => void, { type = 'uri_folder', code = 0 } = {}) {
  const executor = new FakeExecutor((launch: Launch) => {
    for (const step of launch.prepare)
      if (step.op === 'link') {
        mkdirSync(path.dirname(step.path), { recursive: true })
        symlinkSync(step.target, step.path)
      }
    writeOutput(launch, 'out', 'before')
    const at = path.join(launch.runDir, 'cap/data-capability/wd/out')
    rmSync(at)
    then(at)
    return { code }
  })
  const world = await makeWorld({ executor })
  const job: CommandJob = {
    type: 'command',
    command: 'run',
    environment: 'machine',
    outputs: { out: { type } as never },
  }
  world.engine.submit(plan(job, 'j'))
  const row = await untilEnded(world, 'j')
  await world.close()
  const uri = row.outputs['out']?.uri.split('/paths/')[1]
  return { row, place: uri && path.join(world.home, 'datastores/workspaceblobstore', uri) }
}

test('a folder that is made anew in the place of an output is the output', async () => {
  const { row, place = '' } = await replaced((at) => {
    mkdirSync(path.join(at, 'deep'), { recursive: true })
    writeFileSync(path.join(at, 'deep', 'file'), 'after')
  })
  assert.equal(row.status, 'Completed')
  assert.equal(readFileSync(path.join(place, 'deep', 'file'), 'utf8'), 'after')
  assert.deepEqual(readdirSync(place).sort(), ['data.txt', 'deep'])
})

test('so it is with the partial output of a job that fails', async () => {
  const { row, place = '' } = await replaced(
    (at) => {
      mkdirSync(at)
      writeFileSync(path.join(at, 'half'), '')
    },
    { code: 1 },
  )
  assert.equal(row.status, 'Failed')
  assert.deepEqual(readdirSync(place).sort(), ['data.txt', 'half'])
})

for (const { what, puts, words } of [
  {
    what: 'a file',
    puts: (at: string) => writeFileSync(at, ''),
    words: /removed the folder of its output "out" and put a file in its place$/,
  },
  {
    what: 'a link',
    puts: (at: string) => symlinkSync('/tmp', at),
    words: /removed the folder of its output "out" and put a link to "\/tmp" in its place$/,
  },
])
  test(`${what} in the place of an output is no output, and the error says what was done`, async () => {
    const { row } = await replaced(
      (at) => {
        puts(at)
      },
      { type: 'uri_folder' },
    )
    assert.equal(row.status, 'Failed')
    assert.match(row.error?.message ?? '', words)
  })
