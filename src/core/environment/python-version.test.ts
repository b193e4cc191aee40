import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isNearPython, parsePythonVersion, satisfiesPython } from './python-version.ts'

for (const [clauses, yes, no] of [
  ['==3.10.*', '3.10.13', '3.11.0'],
  ['==3.10.13', '3.10.13', '3.10.12'],
  ['>=3.9,<3.13', '3.12.1', '3.13.0'],
  ['~=3.10.4', '3.10.9', '3.10.3'],
  ['~=3.10', '3.12.0', '3.9.18'],
  ['!=3.11.*', '3.12.0', '3.11.7'],
  ['>3.9.18', '3.10.0', '3.9.18'],
  ['<=3.11', '3.11.0', '3.11.7'],
] as const)
  test(`Python ${yes} satisfies ${clauses} and ${no} does not`, () => {
    assert.equal(satisfiesPython(parsePythonVersion(yes)!, clauses), true)
    assert.equal(satisfiesPython(parsePythonVersion(no)!, clauses), false)
  })

test('another patch of the same minor version is near, another minor version is not', () => {
  const near = (version: string, clauses: string) =>
    isNearPython(parsePythonVersion(version)!, clauses)
  assert.equal(near('3.7.16', '==3.7.9.*'), true)
  assert.equal(near('3.10.13', '==3.10'), true)
  assert.equal(near('3.11.7', '==3.10.4'), false)
  assert.equal(near('3.11.7', '==3.10.*'), false)
  assert.equal(near('3.11.7', '>=3.12'), false)
})

test('a text that is no version is not one', () => {
  assert.equal(parsePythonVersion('three'), undefined)
})
