import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkParams } from './check.ts'

test('a path below a folder stays below it, and goes on without what changes nothing', () => {
  assert.deepEqual(checkParams({ name: 'job_1', '*': 'logs//a b.txt' }), {
    name: 'job_1',
    path: 'logs/a b.txt',
  })
  for (const bad of ['..', 'a/../b', '../x', './a', 'a/.', '..\\x', 'a\0b'])
    assert.throws(() => checkParams({ '*': bad }), { code: 'ResourceNotFound' }, bad)
})

test('what could be no name is not found', () => {
  for (const bad of ['..', '.', '', 'a/b', 'a\0', '%2e', '\\'])
    assert.throws(() => checkParams({ name: bad }), { code: 'ResourceNotFound' }, bad)
})
