import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JobRow } from '../../store/jobs.ts'
import { StreamCursor } from './stream-cursor.ts'

const job = (name: string, status: string, changeId: number) =>
  ({ name, status, changeId }) as JobRow

test('jobs that ended are not in the cursor, those at work are', () => {
  const cursor = new StreamCursor(undefined)
  for (let i = 0; i < 1000; i += 1) {
    cursor.offsetsOf(`done${i}`, 'a').set('a/user_logs/std_log.txt', 10)
    cursor.close(`done${i}`)
  }
  cursor.offsetsOf('busy', 'b').set('b/user_logs/std_log.txt', 7)
  const text = cursor.print(900)
  assert.ok(text.length < 120, `${text.length} characters`)
  const again = new StreamCursor(text)
  assert.equal(again.hasRead(job('done5', 'Completed', 900)), true)
  assert.equal(again.hasRead(job('late', 'Completed', 901)), false)
  assert.equal(again.hasRead(job('busy', 'Completed', 800)), false)
  assert.equal(again.hasRead(job('other', 'Running', 800)), false)
  assert.deepEqual([...again.offsetsOf('busy', 'b')], [['b/user_logs/std_log.txt', 7]])
})

test('a job that is tried again is read from the start of its new attempt', () => {
  const cursor = new StreamCursor(undefined)
  const first = cursor.offsetsOf('j', 'one')
  first.set('one/user_logs/std_log.txt', 5).set('j/system_logs/environment.log', 3)
  assert.deepEqual([...cursor.offsetsOf('j', 'two')], [['j/system_logs/environment.log', 3]])
})

test('no text makes it throw; what is not ours starts over', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json().map(toBase64)), (text) => {
      const cursor = new StreamCursor(text)
      cursor.offsetsOf('j', 'a').set('a/f', 1)
      assert.equal(typeof cursor.print(1), 'string')
    }),
  )
  assert.equal(new StreamCursor('nonsense').hasRead(job('j', 'Completed', 1)), false)
})

const toBase64 = (text: string) => Buffer.from(text).toString('base64url')
