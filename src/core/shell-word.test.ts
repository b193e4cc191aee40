import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shellWord } from './shell-word.ts'

test('a word that a shell would take apart is quoted, another stays as it is', () => {
  assert.equal(shellWord('/data/taxi-2016.csv'), '/data/taxi-2016.csv')
  assert.equal(shellWord('/my data/ünï'), "'/my data/ünï'")
  assert.equal(shellWord("it's $HOME"), `'it'\\''s $HOME'`)
  assert.equal(shellWord(''), "''")
})
