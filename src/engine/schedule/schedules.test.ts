import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHomeDb } from '../../store/open.ts'
import { countMissedFires, getSchedule, listFires } from '../../store/schedules.ts'
import { Schedules } from './schedules.ts'

const MINUTE = 60_000

/** A home whose clock is set by hand; `submitted` gets the names of jobs, `next` waits for one more. */
function home() {
  const db = openHomeDb(':memory:')
  const clock = { nowMs: Date.parse('2026-03-02T12:00:00Z') }
  const submitted: string[] = []
  let wake = () => {}
  const open = (submit?: (name: string) => void) => {
    const schedules = new Schedules({
      db,
      now: () => clock.nowMs,
      submit: async (_schedule, name) => {
        submit?.(name)
        submitted.push(name)
        setImmediate(() => wake())
      },
      logError: () => setImmediate(() => wake()),
    })
    return schedules
  }
  const next = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })
  return { db, clock, submitted, open, next }
}

const hourly = (name: string) => ({
  name,
  entity: { name, trigger: { type: 'cron', expression: '0 * * * *' } },
  isEnabled: true,
  createdBy: 'me',
})

test('a schedule does not fire when it is made, and fires once when its time has come', async () => {
  const { db, clock, submitted, open, next } = home()
  const before = open()
  before.save(hourly('h'))
  assert.equal(getSchedule(db, 'h')?.nextMs, Date.parse('2026-03-02T13:00:00Z'))
  assert.deepEqual(submitted, [])
  clock.nowMs += 61 * MINUTE
  const fired = next()
  const schedules = open()
  schedules.start()
  await fired
  schedules.stop()
  assert.deepEqual(submitted, ['h_20260302T130000000Z'])
  assert.equal(listFires(db, 'h', 5)[0]?.state, 'fired')
  assert.equal(getSchedule(db, 'h')?.nextMs, Date.parse('2026-03-02T14:00:00Z'))
})

test('times that passed while nobody was there are noted as missed and do not fire', () => {
  const { db, clock, submitted, open } = home()
  open().save(hourly('h'))
  clock.nowMs += 3 * 60 * MINUTE + 30 * MINUTE
  const schedules = open()
  schedules.start()
  schedules.stop()
  assert.deepEqual(submitted, [])
  assert.equal(countMissedFires(db, 'h'), 3)
  assert.equal(getSchedule(db, 'h')?.nextMs, Date.parse('2026-03-02T16:00:00Z'))
})

test('a disabled schedule does not fire', () => {
  const { db, clock, submitted, open } = home()
  open().save({ ...hourly('h'), isEnabled: false })
  clock.nowMs += 61 * MINUTE
  const schedules = open()
  schedules.start()
  schedules.stop()
  assert.deepEqual(submitted, [])
  assert.deepEqual(listFires(db, 'h', 5), [])
})

test('a job that cannot be submitted leaves its reason, and the next time stays', async () => {
  const { db, clock, open, next } = home()
  open().save(hourly('h'))
  clock.nowMs += 61 * MINUTE
  const failed = next()
  const schedules = open(() => {
    throw new Error('its model is gone')
  })
  schedules.start()
  await failed
  schedules.stop()
  const [fire] = listFires(db, 'h', 5)
  assert.equal(fire?.state, 'failed')
  assert.match(fire?.message ?? '', /its model is gone/)
  assert.notEqual(getSchedule(db, 'h')?.nextMs, null)
})

test('a fire that was noted before a crash is submitted by the next server, under the same name', async () => {
  const { db, clock, submitted, open, next } = home()
  open().save(hourly('h'))
  clock.nowMs += 61 * MINUTE
  const dueMs = Date.parse('2026-03-02T13:00:00Z')
  db.run(`insert into schedule_fire values ('h', :dueMs, 'due', null, null)`, { dueMs })
  db.run('update schedule set next_ms = :nextMs', { nextMs: dueMs + 60 * MINUTE })
  const fired = next()
  const schedules = open()
  schedules.start()
  await fired
  schedules.stop()
  assert.deepEqual(submitted, ['h_20260302T130000000Z'])
})
