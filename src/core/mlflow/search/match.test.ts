import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFilter } from './filter.ts'
import { REGISTERED_MODEL_GRAMMAR } from './grammar.ts'
import { byOrder, matches, type Searchable } from './match.ts'

const model = (name: string, tags: Record<string, string> = {}): Searchable => ({
  attributes: { name },
  tags: new Map(Object.entries(tags)),
})

function isFound(subject: Searchable, filter: string): boolean {
  return matches(subject, parseFilter(filter, REGISTERED_MODEL_GRAMMAR))
}

test('LIKE looks at the whole text and at the case, ILIKE not at the case', () => {
  assert.ok(isFound(model('cars.v1'), "name LIKE 'c%.v_'"))
  assert.ok(!isFound(model('cars'), "name LIKE 'C%'"))
  assert.ok(isFound(model('cars'), "name ILIKE 'C%S'"))
  assert.ok(!isFound(model('cars'), "name LIKE 'ar'"))
})

test('LIKE backs up to the last % alone, counts characters and takes no time', () => {
  assert.ok(isFound(model('abcabd'), "name LIKE '%ab_'"))
  assert.ok(isFound(model('abcabd'), "name LIKE 'a%b%d%'"))
  assert.ok(!isFound(model('abcabd'), "name LIKE '%bc%bc%'"))
  assert.ok(isFound(model('a😀b'), "name LIKE 'a_b'"))
  assert.ok(isFound(model('a.b'), "name LIKE 'a.b'") && !isFound(model('axb'), "name LIKE 'a.b'"))
  assert.ok(isFound(model('a'.repeat(20_000), {}), `name LIKE '${'%a'.repeat(50)}%'`))
  assert.ok(!isFound(model('a'.repeat(20_000), {}), `name LIKE '${'%a'.repeat(50)}%b'`))
})

test('a tag that is absent satisfies nothing, not even !=', () => {
  assert.ok(!isFound(model('a'), "tags.k != 'v'"))
  assert.ok(isFound(model('a', { k: 'w' }), "tags.k != 'v'"))
})

test('a model without the mark of prompts counts as none', () => {
  assert.ok(isFound(model('a'), "tags.`mlflow.prompt.is_prompt` = 'false'"))
  assert.ok(isFound(model('a'), "tags.`mlflow.prompt.is_prompt` != 'true'"))
  assert.ok(!isFound(model('a'), "tags.`mlflow.prompt.is_prompt` = 'true'"))
})

test('what is absent is sorted last, whichever way', () => {
  const at = (time?: number): Searchable => ({
    attributes: { time },
    tags: new Map(),
  })
  for (const ascending of [true, false]) {
    const order = byOrder([{ type: 'attribute', key: 'time', ascending }])
    const sorted = [at(), at(1), at(2)].toSorted(order).map(({ attributes }) => attributes['time'])
    assert.deepEqual(sorted, ascending ? [1, 2, undefined] : [2, 1, undefined])
  }
})
