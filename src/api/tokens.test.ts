import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jobToken, verifyToken } from './tokens.ts'

const ASKING = { jobName: 'brave bird', attempt: 'a-1' }
const KEYS = { token: 'aml_owner', secret: 'secret' }

test('a token is its owner’s, an attempt’s, or nobody’s', () => {
  assert.deepEqual(verifyToken('aml_owner', KEYS), { type: 'owner' })
  const token = jobToken('secret', ASKING)
  assert.deepEqual(verifyToken(token, KEYS), { type: 'job', ...ASKING })
  for (const wrong of [
    '',
    'aml_',
    'aml_owner ',
    jobToken('other', ASKING),
    `${token}x`,
    token.replace('.a-1.', '.a-2.'),
  ])
    assert.equal(verifyToken(wrong, KEYS), undefined, wrong)
})

test('a home whose token file is empty lets nobody in as its owner', () => {
  assert.equal(verifyToken('', { ...KEYS, token: '' }), undefined)
})
