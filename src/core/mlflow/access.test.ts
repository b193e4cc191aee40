import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayWrite } from './access.ts'

test('a job writes to its own tree: its run, its pipeline, its siblings, and runs that they made', () => {
  assert.equal(mayWrite('pipe', { type: 'job', root: 'pipe' }), true)
  assert.equal(mayWrite('pipe', { type: 'request', root: 'pipe' }), true)
})

test('a job writes neither to another submission nor to what the owner made', () => {
  assert.equal(mayWrite('pipe', { type: 'job', root: 'other' }), false)
  assert.equal(mayWrite('pipe', { type: 'request', root: 'other' }), false)
  assert.equal(mayWrite('pipe', { type: 'request', root: null }), false)
})
