import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ianaZone, WINDOWS_ZONE_NAMES } from '../../core/time-zones.ts'
import { fireTimes, type Trigger, toEpochMs } from './fire-times.ts'

const CREATED = '2026-03-27T10:15:00Z'

function times(trigger: Trigger, count = 3, after = CREATED): string[] {
  const range = { afterMs: Date.parse(after), createdMs: Date.parse(CREATED), count }
  return fireTimes(trigger, range).map((atMs) => new Date(atMs).toISOString().slice(0, 16))
}

test('a cron expression is of its zone, also when the clocks change', () => {
  const trigger = {
    type: 'cron',
    expression: '30 8 * * *',
    time_zone: 'W. Europe Standard Time',
  } as const
  assert.deepEqual(times(trigger), ['2026-03-28T07:30', '2026-03-29T06:30', '2026-03-30T06:30'])
})

test('without a zone a time is UTC', () => {
  assert.deepEqual(times({ type: 'cron', expression: '0 12 * * 1' }, 2), [
    '2026-03-30T12:00',
    '2026-04-06T12:00',
  ])
})

test('a recurrence of hours counts from its start, not from the full hour', () => {
  const trigger = { type: 'recurrence', frequency: 'hour', interval: 6 } as const
  assert.deepEqual(times(trigger), ['2026-03-27T16:15', '2026-03-27T22:15', '2026-03-28T04:15'])
})

test('a recurrence of days keeps its time of day and its interval', () => {
  const start = { start_time: '2026-03-26T09:00:00', time_zone: 'Europe/Berlin' }
  const trigger = { type: 'recurrence', frequency: 'day', interval: 2, ...start } as const
  assert.deepEqual(times(trigger), ['2026-03-28T08:00', '2026-03-30T07:00', '2026-04-01T07:00'])
})

test('a weekly pattern fires at every named hour and minute of every named day', () => {
  const schedule = { hours: [6, 18], minutes: [0], week_days: ['monday', 'friday'] }
  const trigger = { type: 'recurrence', frequency: 'week', interval: 1, schedule } as const
  assert.deepEqual(times(trigger, 4), [
    '2026-03-27T18:00',
    '2026-03-30T06:00',
    '2026-03-30T18:00',
    '2026-04-03T06:00',
  ])
})

test('every second week leaves the weeks between out', () => {
  const schedule = { hours: 7, minutes: 0, week_days: 'friday' }
  const trigger = { type: 'recurrence', frequency: 'week', interval: 2, schedule } as const
  assert.deepEqual(times(trigger, 2), ['2026-04-10T07:00', '2026-04-24T07:00'])
})

test('the last day of a month is -1', () => {
  const schedule = { hours: 0, minutes: 30, month_days: [-1] }
  const trigger = { type: 'recurrence', frequency: 'month', interval: 1, schedule } as const
  assert.deepEqual(times(trigger), ['2026-03-31T00:30', '2026-04-30T00:30', '2026-05-31T00:30'])
})

test('nothing fires before the start or after the end', () => {
  const bounds = { start_time: '2026-04-01T00:00:00', end_time: '2026-04-02T12:00:00' }
  const trigger = { type: 'cron', expression: '0 6 * * *', ...bounds } as const
  assert.deepEqual(times(trigger, 5), ['2026-04-01T06:00', '2026-04-02T06:00'])
  assert.deepEqual(times(trigger, 5, '2027-01-01T00:00:00Z'), [])
})

test('a time zone that nobody knows is refused by name', () => {
  const trigger = { type: 'cron', expression: '* * * * *', time_zone: 'Middle Earth' } as const
  assert.throws(() => times(trigger), { code: 'InvalidValue', message: /Middle Earth/ })
})

test('every Windows name stands for a zone that this machine knows', () => {
  assert.deepEqual(
    WINDOWS_ZONE_NAMES.filter((name) => ianaZone(name) === undefined),
    [],
  )
  assert.equal(ianaZone('w. europe standard time'), 'Europe/Berlin')
})

test('a written time is of the zone unless it has an offset', () => {
  const iso = (text: string) => new Date(toEpochMs(text, 'America/New_York')).toISOString()
  assert.equal(iso('2026-07-01T08:00:00'), '2026-07-01T12:00:00.000Z')
  assert.equal(iso('2026-01-01 08:00:00'), '2026-01-01T13:00:00.000Z')
  assert.equal(iso('2026-07-01T08:00:00+02:00'), '2026-07-01T06:00:00.000Z')
})
