import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../core/lifecycle/decide.ts'
import { fold } from '../core/lifecycle/event.ts'
import type { JobPlan } from '../core/plan/job-plan.ts'
import { getJob, insertJobs, listJobEvents, recordTransition } from './jobs.ts'
import { openHomeDb } from './open.ts'

const PLAN: JobPlan = {
  ...{ name: 'j', parent: null, root: 'j', step: '', type: 'command', displayName: 'j' },
  ...{ description: null, experiment: 'Default', compute: 'local', tags: {}, properties: {} },
  ...{ entity: {}, needs: [], inputs: [], outputs: [], continueOnStepFailure: true },
  ...{ isReusable: false, reuseParts: [] },
}

function makeDb() {
  const created = { type: 'created', status: 'Preparing', reason: null, outputs: {} } as const
  const state = fold(undefined, created, 1)
  const db = openHomeDb(':memory:')
  insertJobs(db, [{ plan: PLAN, position: 0, state, events: [created] }])
  return { db, state }
}

test('a step that was decided on what is over is refused, and nothing of it is written', () => {
  const { db, state } = makeDb()
  const job = { name: 'j', state }
  const queued = decide(job, { type: 'ready', attempt: 'first', reason: '' }, 2)
  const other = decide(job, { type: 'ready', attempt: 'second', reason: '' }, 3)
  assert.ok(queued && other)
  recordTransition(db, queued)
  assert.throws(() => recordTransition(db, other), { code: 'StaleWrite' })
  assert.equal(getJob(db, 'j')?.attempt, 'first')
  assert.deepEqual(
    listJobEvents(db, 'j').map(({ event }) => event.type),
    ['created', 'queued'],
  )
  const intents = db.all('select attempt, type from intent')
  assert.deepEqual(
    intents.map(({ attempt, type }) => [attempt, type]),
    [['first', 'submit']],
  )
  db.close()
})
