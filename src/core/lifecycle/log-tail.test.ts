import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lastLines } from './log-tail.ts'

test('the last lines of a log are given, without what ends it', () => {
  assert.deepEqual(lastLines('a\nb\n\nc\n\n', 2), ['', 'c'])
  assert.deepEqual(lastLines('a\n', 20), ['a'])
})

test('of a progress bar only what it showed last is given', () => {
  assert.deepEqual(lastLines('\r 1%\r50%\r100%\ndone\r\n', 20), ['100%', 'done'])
})

test('colours and control characters are left out, tabs and other scripts are not', () => {
  const text = '\u001b[31mred\u001b[0m\t日本\u001b]0;title\u0007!\n\u0000\u0001\u001b'
  assert.deepEqual(lastLines(text, 20), ['red\t日本!', '\ufffd\ufffd\ufffd'])
})

test('a line without an end is cut', () => {
  const [line = ''] = lastLines('y'.repeat(16_000), 20)
  assert.equal(line, `${'y'.repeat(500)} …`)
})
