import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Throttle } from './throttle.ts'

test('the first note is passed on at once, many after it once, and the last is never lost', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const passed: string[] = []
  const throttle = new Throttle(100, (name) => passed.push(name))
  for (let i = 0; i < 1_000; i += 1) throttle.note('sweep')
  throttle.note('other')
  assert.deepEqual(passed, ['sweep', 'other'])
  t.mock.timers.tick(100)
  assert.deepEqual(passed, ['sweep', 'other', 'sweep'])
  t.mock.timers.tick(1_000)
  assert.equal(passed.length, 3)
  throttle.note('sweep')
  assert.equal(passed.length, 4)
  throttle.note('sweep')
  throttle.stop()
  t.mock.timers.tick(1_000)
  assert.equal(passed.length, 4)
})
