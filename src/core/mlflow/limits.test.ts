import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  checkAlias,
  checkAliasNotReserved,
  checkBatchSize,
  checkedParam,
  checkKey,
  checkModelName,
  normalPath,
} from './limits.ts'

test('keys are words, paths and sentences that lead nowhere else', () => {
  for (const key of ['loss', 'a/b.c', 'val loss', 'größe', 'system/cpu: %'.replace('%', 'x')])
    checkKey(key, 'key')
  for (const key of ['..', '/abs', 'a//b', 'a/../b', '.', 'a/', 'a?b', 'a\nb'])
    assert.throws(() => checkKey(key, 'key'), /INVALID|Invalid value/, key)
})

test('a param that is too long is cut, a key that is too long is refused', () => {
  assert.equal(checkedParam('k', 'x'.repeat(6_100), 'key').length, 6_000)
  assert.throws(() => checkedParam('k'.repeat(251), '1', 'key'), /maximum length of 250/)
})

test('names of models have no slash, no colon and are no paths', () => {
  for (const name of ['cars', 'two words', 'a.b-c_d']) checkModelName(name)
  for (const name of ['', ' ', 'a/b', 'a:b', '..', '.']) assert.throws(() => checkModelName(name))
})

test('aliases are words that mean nothing yet', () => {
  checkAlias('champion-2')
  assert.throws(() => checkAlias('a b'))
  for (const alias of ['latest', 'Latest', 'v1', 'V22'])
    assert.throws(() => checkAliasNotReserved(alias), /reserved/)
  checkAliasNotReserved('v1a')
})

test('a batch holds 1,000 metrics, 100 params, 100 tags and 1,000 in all', () => {
  checkBatchSize({ metrics: 800, params: 100, tags: 100 })
  assert.throws(() => checkBatchSize({ metrics: 801, params: 100, tags: 100 }), /at most 1000/)
  assert.throws(() => checkBatchSize({ metrics: 0, params: 101, tags: 0 }), /at most 100 params/)
})

test('a path is normalised as POSIX does it', () => {
  assert.deepEqual(['', 'a/./b', 'a/../..', '/../a'].map(normalPath), ['.', 'a/b', '..', '/a'])
})
