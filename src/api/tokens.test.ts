import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jobToken, verifyToken } from './tokens.ts'

const KEYS = { token: 'aml_owner', secret: 'secret' }

test('a token is its owner’s, a job’s, or nobody’s', () => {
  assert.deepEqual(verifyToken('aml_owner', KEYS), { type: 'owner' })
  const token = jobToken('secret', 'brave bird')
  assert.deepEqual(verifyToken(token, KEYS), { type: 'job', jobName: 'brave bird' })
  for (const wrong of ['', 'aml_', 'aml_owner ', jobToken('other', 'brave bird'), `${token}x`])
    assert.equal(verifyToken(wrong, KEYS), undefined, wrong)
})

test('a home whose token file is empty lets nobody in as its owner', () => {
  assert.equal(verifyToken('', { ...KEYS, token: '' }), undefined)
})
