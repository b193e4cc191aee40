import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clip, clipMiddle, widthOf } from './text-width.ts'

test('names that begin alike are told apart when they are cut', () => {
  assert.equal(clipMiddle('a_rather_long_step_name_10', 12), 'a_rat…ame_10')
  assert.equal(clipMiddle('short', 12), 'short')
})

test('nothing is wider than it may be, whatever it is made of', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.integer({ min: -2, max: 40 }),
      (text, columns) => {
        for (const cut of [clip, clipMiddle])
          assert.ok(widthOf(cut(text, columns)) <= Math.max(0, columns), `${cut.name} ${columns}`)
      },
    ),
  )
})
