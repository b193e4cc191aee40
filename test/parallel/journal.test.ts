import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { DRIVER } from '../support/driver-case.ts'

const PROGRAMS = path.join(import.meta.dirname, 'journal')
const root = mkdtempSync(path.join(os.tmpdir(), 'amlet-journal-'))
after(() => rmSync(root, { recursive: true }))

function python(program: string, ...args: readonly string[]) {
  const argv = ['-B', path.join(PROGRAMS, program), DRIVER, ...args]
  return spawnSync('python3', argv, { encoding: 'utf8' })
}

/** What is committed when the driver dies in place of a flush: the rows first, then their lines. */
const FLUSHES: readonly (readonly [number, string])[] = [
  [1, ''],
  [2, 'row 0\n'],
  [3, 'row 0\n'],
  [4, 'row 0\nrow 1\nrow 2\n'],
]
for (const [at, rows] of FLUSHES)
  test(`a driver that dies in place of flush ${at} has committed whole mini-batches, each once`, () => {
    const state = mkdtempSync(path.join(root, 'state-'))
    const { status, stderr } = python('crash.py', state, String(at))
    assert.equal(status, 9, stderr)
    const read = python('read.py', state)
    assert.equal(read.stdout, rows, read.stderr)
  })

test('what a crash tore is dropped: half a line, and rows that no line names', () => {
  const state = mkdtempSync(path.join(root, 'state-'))
  assert.equal(python('crash.py', state, '0').status, 0)
  const [journal, bytes] = ['journal.jsonl', 'rows.bin'].map((name) => path.join(state, name))
  const whole = [journal, bytes].map((file) => readFileSync(file ?? '', 'utf8'))
  appendFileSync(journal ?? '', '{"index": 3, "offs')
  appendFileSync(bytes ?? '', 'row th')
  assert.equal(python('read.py', state).stdout, 'row 0\nrow 1\nrow 2\n')
  assert.deepEqual(
    [journal, bytes].map((file) => readFileSync(file ?? '', 'utf8')),
    whole,
  )
})
