import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { PlainView } from './plain-view.ts'
import { Transcript } from './transcript.ts'
import type { FollowedEvent } from './view.ts'

const line = (text: string): FollowedEvent => ({
  ...{ type: 'log', cursor: '', name: 'j', step: '', file: 'user_logs/std_log.txt' },
  text,
})

test('what comes at one moment is written at once, and the end waits for nothing', async () => {
  const written: string[] = []
  const sink = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      written.push(text)
      done()
    },
  }) as unknown as NodeJS.WriteStream
  const options = { name: 'j', page: undefined, allFiles: false, isColoured: false }
  const view = new PlainView(new Transcript(options), sink)
  view.start()
  for (let at = 0; at < 1_000; at += 1) view.take(line(`${at}\n`))
  await setImmediate()
  assert.equal(written.length, 1)
  assert.match(written[0] ?? '', /^RunId: j\n.*\n0\n1\n.*\n999\n$/s)
  view.take(line('last\n'))
  view.end()
  assert.equal(written.length, 2)
  assert.match(written[1] ?? '', /^last\n\nExecution Summary\n/)
})
