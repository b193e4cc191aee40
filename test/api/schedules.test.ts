import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandYaml, ended, type Json, makeFolder } from '../support/job-files.ts'
import { startTestServer } from '../support/server.ts'

/** An hour of the day that is far away, and that no clock leaves out: the schedule is not to fire by itself. */
const HOUR = new Date().getUTCHours() < 12 ? 16 : 4

const SCHEDULE = `
name: nightly
trigger:
  type: cron
  expression: "30 ${HOUR} * * *"
  time_zone: W. Europe Standard Time
create_job: ./job.yml
`

test('a schedule shows its next times, is triggered, disabled and deleted, and makes no job by itself', async () => {
  await using server = await startTestServer()
  using folder = makeFolder()
  const { client } = server
  folder.write('job.yml', commandYaml('echo from the schedule'))
  const file = folder.write('schedule.yml', SCHEDULE)
  const { entity } = await client.post<{ entity: Json }>('/schedules', { file, cwd: folder.path })
  const times = entity['next_fire_times'] as string[]
  assert.equal(times.length, 5)
  assert.ok(
    times.every((at) => [1, 2].includes(HOUR - Number(/T(\d\d):30:00/.exec(at)?.[1]))),
    String(times),
  )
  assert.equal((await client.get<{ total: number }>('/jobs')).total, 0)

  const { job_name: name } = await client.post<{ job_name: string }>('/schedules/nightly/trigger')
  assert.match(name, /^nightly_\d{8}T/)
  assert.equal((await ended(client, name))['status'], 'Completed')
  const shown = await client.get<Json>('/schedules/nightly')
  assert.match(JSON.stringify(shown['last_fires']), new RegExp(name))

  await client.post('/schedules/nightly/disable')
  const names = async (query = {}) =>
    (await client.get<{ value: { name: string }[] }>('/schedules', { query })).value.map(
      (row) => row.name,
    )
  assert.deepEqual(await names(), [])
  assert.deepEqual(await names({ include_disabled: true }), ['nightly'])
  const changed = await client.patch<Json>('/schedules/nightly', {
    set: ['trigger.expression=15 3 * * *'],
  })
  assert.match(JSON.stringify(changed['trigger']), /15 3/)
  await client.delete('/schedules/nightly')
  await assert.rejects(client.get('/schedules/nightly'), { code: 'ResourceNotFound' })
})
