import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson, describeDifferences } from './difference.ts'
import { checkAssetName } from './names.ts'
import { nextVersionAfter, versionNumber } from './version.ts'

test('only plain numbers count as numbered versions', () => {
  assert.deepEqual(['0', '7', '10'].map(versionNumber), [0, 7, 10])
  for (const word of ['01', '1.0', 'v1', '', '-1', '9'.repeat(30)])
    assert.equal(versionNumber(word), undefined, word)
  assert.equal(nextVersionAfter('4', 9), 9)
  assert.equal(nextVersionAfter('9', 4), 10)
  assert.equal(nextVersionAfter('beta', 4), 4)
})

test('differences are told by dotted path, without what may change and what is only shown', () => {
  const stored = { image: 'a', conda_file: { dependencies: ['x'] }, description: 'old', id: '1' }
  const given = {
    image: 'a',
    conda_file: { dependencies: ['y'] },
    tags: { a: 'b' },
    os_type: 'linux',
  }
  assert.deepEqual(describeDifferences(stored, given), [
    'conda_file.dependencies.0: "x" is stored, "y" was given',
    'os_type: nothing is stored, "linux" was given',
  ])
  const many = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`k${i}`, i]))
  assert.equal(describeDifferences({}, many).at(-1), 'and 3 more')
})

test('equal values give equal text, in whatever order their keys came', () => {
  assert.equal(canonicalJson({ b: [{ d: 1, c: 2 }], a: 1 }), '{"a":1,"b":[{"c":2,"d":1}]}')
})

test('names that a path could hide in are refused', () => {
  for (const name of ['a', 'A-1_b.c', '_x', 'x'.repeat(255), 'mlow-nyc-taxi-train'])
    assert.deepEqual(checkAssetName('data', name, '1'), [], name)
  for (const name of [
    '',
    '.',
    '..',
    'a/b',
    'a\\b',
    'a b',
    'ä',
    '-x',
    'x'.repeat(256),
    'a\n',
    'a:b',
    'a@b',
  ])
    assert.equal(checkAssetName('data', name, undefined).length, 1, name)
})
