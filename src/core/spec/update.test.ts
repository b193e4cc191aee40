import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyUpdate, readUpdateValue, type UpdateStep } from './update.ts'

const set = (...words: string[]): UpdateStep => ({ op: 'set', values: words })

test('values are JSON, else Python, else text', () => {
  const read = [
    '1',
    '"1"',
    'null',
    'True',
    "{'q': 1}",
    '0x10',
    '(1, 2)',
    '007',
    '1e3',
    'a b',
    "['x', 'y']",
  ].map(readUpdateValue)
  assert.deepEqual(read, [1, '1', null, true, { q: 1 }, 16, [1, 2], '007', 1000, 'a b', ['x', 'y']])
})

test('steps are carried out in the order typed, on a copy', () => {
  const object = {
    tags: { a: '1' },
    list: [
      { name: 'x', v: 1 },
      { name: 'y', v: 2 },
    ],
  }
  const { value, diagnostics } = applyUpdate(object, [
    set('tags.new=1', 'list[name=y].v=7'),
    { op: 'add', values: ['list', 'k=v', 'k2=v2'] },
    { op: 'remove', values: ['list', '0'] },
    { op: 'remove', values: ['tags.a'] },
    set('fresh.one=true'),
  ])
  assert.deepEqual(diagnostics, [])
  assert.deepEqual(value, {
    tags: { new: 1 },
    list: [
      { name: 'y', v: 7 },
      { k: 'v', k2: 'v2' },
    ],
    fresh: { one: true },
  })
  assert.deepEqual(object.tags, { a: '1' })
})

test('text stays text when that is asked for', () => {
  assert.deepEqual(applyUpdate({}, [set('tags.n=1')], { forceString: true }).value, {
    tags: { n: '1' },
  })
})

test('two missing levels, wrong indexes and misspelt names are told', () => {
  const told = (step: UpdateStep): string =>
    applyUpdate({ tags: {}, l: [1] }, [step]).diagnostics[0]?.message ?? ''
  assert.equal(told(set('x.y.z=1')), 'there is no "x" to change')
  assert.equal(told(set('l[5]=1')), 'there is no item 5: the list has 1')
  assert.equal(told({ op: 'remove', values: ['tag'] }), 'there is no "tag" to change')
  assert.equal(told(set('nothing')), '"nothing" sets nothing')
})
