import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { type CliWorld, makeCliWorld } from '../support/cli.ts'

let world: CliWorld
const whole = new Map<string, Buffer>()

before(async () => {
  world = makeCliWorld()
  await world.run(['job', 'list'])
  await world.run(['server', 'stop'])
  for (const name of readdirSync(world.home).filter((each) => each.endsWith('.db')))
    whole.set(name, readFileSync(path.join(world.home, name)))
})
beforeEach(() => {
  for (const [name, bytes] of whole) writeFileSync(path.join(world.home, name), bytes)
  for (const name of readdirSync(world.home))
    if (/\.db-(wal|shm)$/.test(name)) rmSync(path.join(world.home, name))
})
after(() => world[Symbol.asyncDispose]())

/** Bytes behind the header are turned around, one in a hundred. */
function rot(bytes: Buffer): Buffer {
  const rotten = Buffer.from(bytes)
  for (let at = 4096; at < rotten.length; at += 97) rotten[at] = (rotten[at] ?? 0) ^ 0xff
  return rotten
}

const damages: readonly (readonly [string, string, (bytes: Buffer) => Buffer])[] = [
  ['rotten', 'amlet.db', rot],
  ['overwritten', 'amlet.db', () => Buffer.from('garbage')],
  ['overwritten', 'metrics.db', () => Buffer.from('garbage')],
]
for (const [what, name, damage] of damages)
  test(`${name} that is ${what} is named, with what to do; nothing is written over it`, async () => {
    const file = path.join(world.home, name)
    const damaged = damage(whole.get(name) ?? Buffer.alloc(0))
    writeFileSync(file, damaged)
    const { code, stderr } = await world.run(['job', 'list'])
    assert.equal(code, 1)
    assert.ok(stderr.startsWith(`ERROR: (StorageFailure) ${file} is damaged: `), stderr)
    assert.match(stderr, /hint: .*amlet server restore --path <backup>/)
    assert.doesNotMatch(stderr, /^ +at /m)
    assert.deepEqual(readFileSync(file), damaged)
    const doctor = await world.run(['doctor'])
    assert.equal(doctor.code, 1)
    assert.match(doctor.stdout, /^PROBLEM +server +could not start: .* is damaged: /m)
  })

test('a server that starts again is no problem any more', async () => {
  assert.equal((await world.run(['job', 'list'])).code, 0)
  await world.run(['server', 'stop'])
  assert.match((await world.run(['doctor'])).stdout, /^ok +server +not running/m)
})
