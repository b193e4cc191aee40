import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LONG, METRIC_FIELDS, RUN_ID, TEXT, VIEW_TYPE } from './fields.ts'
import { doubleText, parseJson, toJson } from './json.ts'
import { fromQuery, readMessage } from './message.ts'

test('numbers may come as texts, NaN and infinities too', () => {
  const metric = (value: unknown) => readMessage(METRIC_FIELDS, { value }).value
  assert.equal(metric('1.5'), 1.5)
  assert.equal(metric('-Infinity'), -Infinity)
  assert.ok(Number.isNaN(metric('NaN')))
  assert.throws(() => metric('high'), /Invalid value "high" for parameter 'value' supplied/)
  assert.throws(() => metric(true), /Value was of type 'bool'/)
})

test('64-bit integers lose no digit on the way in or out', () => {
  const text = '{"step":9223372036854775807,"timestamp":-9223372036854775808}'
  const { step, timestamp } = readMessage(METRIC_FIELDS, parseJson(text))
  assert.equal(step, 9_223_372_036_854_775_807n)
  assert.equal(toJson({ step, timestamp }), text)
  assert.throws(() => readMessage(METRIC_FIELDS, parseJson('{"step":9223372036854775808}')))
})

test('either name of a field will do, both spellings of one will not', () => {
  assert.equal(readMessage({ run_id: RUN_ID }, { run_uuid: 'a' }).run_id, 'a')
  assert.equal(readMessage({ run_id: RUN_ID }, { runId: 'a' }).run_id, 'a')
  assert.throws(
    () => readMessage({ run_id: RUN_ID }, { runId: 'a', run_id: 'a' }),
    /provide only one/,
  )
  assert.throws(() => readMessage({ run_id: RUN_ID }, { run_id: '' }), /Missing value/)
})

test('a number that JavaScript rounds is taken as the integer that it is, within 64 bits', () => {
  const at = (value: unknown) => readMessage({ at: LONG }, { at: value }).at
  assert.equal(at(1e18), 10n ** 18n)
  assert.equal(at(5), 5)
  assert.throws(() => at(1e19), /Invalid value/)
  assert.throws(() => at(-1e300), /Invalid value/)
})

test('unknown fields and unknown enum names are ignored, enums may be numbers', () => {
  const view = (value: unknown) => readMessage({ view: VIEW_TYPE }, { view: value, x: 1 }).view
  assert.equal(view('ALL'), 'ALL')
  assert.equal(view(2), 'DELETED_ONLY')
  assert.equal(view('3'), 'ALL')
  assert.equal(view('NOBODY'), undefined)
})

test('a field may have the name of something every object has', () => {
  const fields = { constructor: TEXT } as const
  assert.deepEqual(readMessage(fields, {}), { constructor: undefined })
})

test('repeated query parameters are lists, booleans are true or false', () => {
  const fields = { ids: { type: 'string', many: true }, all: { type: 'bool' } } as const
  const query = new URLSearchParams('ids=a&ids=b&all=True')
  assert.deepEqual(readMessage(fields, fromQuery(fields, query)), { ids: ['a', 'b'], all: true })
  assert.throws(() => fromQuery(fields, new URLSearchParams('all=maybe')), /must be 'true'/)
})

test('doubles are written so that they are read back the same', () => {
  for (const value of [0.1, 1e21, 5e-324, Number.MAX_VALUE, -0])
    assert.ok(Object.is(JSON.parse(doubleText(value)), value))
  assert.equal(doubleText(Number.NaN), '"NaN"')
})
