import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CrashWorld } from './crash-world.ts'

const SEEDS = process.env['AMLET_SOAK'] === '1' ? 200 : 20

test('a server killed at any transaction boundary or order loses nothing and runs nothing twice', async () => {
  const world = new CrashWorld()
  const whole = await world.run('whole')
  world.check('whole')
  assert.ok(whole.passed >= 12, `only ${whole.passed} checkpoints were passed`)
  for (let at = 1; at <= whole.passed; at += 1) {
    const name = `at${at}`
    await world.run(name, { CRASH_AT: String(at) })
    const { status } = await world.run(name)
    assert.equal(status, 'Completed', `killed at checkpoint ${at}`)
    world.check(name)
  }
})

/** A small generator of whole numbers below `n`, the same for the same seed. */
function random(seed: number): (n: number) => number {
  let state = seed * 2654435761 + 1
  return (n) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0
    return (state >>> 0) % n
  }
}

test('server and worker killed at random, again and again, lose nothing and run nothing twice', async () => {
  const world = new CrashWorld()
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const pick = random(seed)
    const name = `seed${seed}`
    const does = ['kill -0 $$', 'read -t 0.02 x < <(:)', 'sleep 0.05'][pick(3)] ?? ':'
    for (let life = 0; life < 1 + pick(3); life += 1)
      await world.run(name, {
        STEP_DOES: does,
        CRASH_AT: String(1 + pick(16)),
        ...(pick(2) === 0 && { KILL_WORKER_AT: String(1 + pick(16)) }),
      })
    const { status } = await world.run(name, { STEP_DOES: does })
    assert.equal(status, 'Completed', `seed ${seed}`)
    world.check(name)
  }
})
