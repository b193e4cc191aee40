import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IdleWatch } from './idle.ts'

test('a server that something needs stays, and stops once nothing does', async () => {
  const answers = [true, true, true]
  let asked = 0
  await new Promise<void>((resolve) => {
    const keepAlive = setInterval(() => {}, 1000)
    const isNeeded = () => answers[asked++] ?? false
    const stop = () => {
      clearInterval(keepAlive)
      resolve()
    }
    new IdleWatch({ afterMs: 20, isNeeded, stop })
  })
  assert.ok(asked > answers.length, `asked ${asked} times`)
})

test('a server that was started by hand is never stopped', () => {
  const watch = new IdleWatch({
    afterMs: undefined,
    isNeeded: () => assert.fail('asked'),
    stop: () => assert.fail('stopped'),
  })
  watch.touch()
  watch.close()
})
