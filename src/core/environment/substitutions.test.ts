import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MACHINE_ENVIRONMENT } from './machine.ts'
import { environmentSubstitutions } from './substitutions.ts'

const resolved = (image: string, digest = 'd') => ({ id: image, digest, entity: { image } })

test('an image that several steps name is said once', () => {
  const found = environmentSubstitutions([resolved('a'), resolved('b'), resolved('a')])
  assert.deepEqual(
    found.map(({ code, severity, message }) => `${code} ${severity}: ${message}`),
    [
      'Substitution warning: image "a" is not pulled: the job runs with this machine\'s Python and no packages',
      'Substitution warning: image "b" is not pulled: the job runs with this machine\'s Python and no packages',
    ],
  )
})

test("where the machine's own Python is asked for, images do not matter", () => {
  const found = environmentSubstitutions([resolved('a', MACHINE_ENVIRONMENT)])
  assert.deepEqual(
    found.map(({ message }) => message),
    ["the machine's own Python is used"],
  )
})
