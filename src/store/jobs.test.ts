import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobState } from '../core/lifecycle/event.ts'
import type { JobPlan } from '../core/plan/job-plan.ts'
import { getJob, insertJobs, listJobEvents, listJobs, listTree } from './jobs.ts'
import { openHomeDb } from './open.ts'
import { getPlan } from './plans.ts'

/** No two values alike: a column that takes the value of another is seen. */
const STATE: JobState = {
  status: 'Failed',
  seq: 2,
  reason: 'a reason',
  sinceMs: 11,
  createdMs: 12,
  startedMs: 13,
  endedMs: 14,
  outputs: { out: { type: 'uri_folder', uri: 'azureml://x' } },
  error: { code: 'UserError', message: 'no' },
  attempt: 'an attempt',
  attempts: 15,
  losses: 16,
  reusedFrom: 'another',
}
const PLAN: JobPlan = {
  name: 'p',
  parent: null,
  root: 'p',
  step: '',
  type: 'pipeline',
  displayName: 'shown',
  description: 'described',
  experiment: 'experiment',
  compute: 'local',
  tags: { tag: 'a' },
  properties: { property: 'b' },
  entity: { type: 'pipeline', jobs: { s: {} } },
  needs: [],
  inputs: [],
  outputs: [],
  continueOnStepFailure: true,
  isReusable: false,
  reuseParts: [],
}

test('a job comes back as it was recorded, however it is asked for', () => {
  const db = openHomeDb(':memory:')
  const child = { ...PLAN, name: 'p-s', parent: 'p', step: 's', entity: { type: 'command' } }
  const created = { type: 'created', status: 'Preparing', reason: null, outputs: {} } as const
  const events = [created, { type: 'reused', from: 'another', outputs: STATE.outputs }] as const
  const jobs = [PLAN, child].map((plan, position) => ({ plan, position, state: STATE, events }))
  insertJobs(db, jobs)
  const expected = jobs.map(({ plan, state, position }) => {
    const { needs, inputs, outputs, continueOnStepFailure, isReusable, reuseParts, ...own } = plan
    return { ...own, ...state, changeId: position + 1, archived: false }
  })
  assert.deepEqual([getJob(db, 'p'), getJob(db, 'p-s')], expected)
  assert.deepEqual(listTree(db, 'p'), expected)
  assert.deepEqual([...listJobs(db), ...listJobs(db, { parent: 'p' })], expected)
  assert.deepEqual(getPlan(db, 'p-s'), child)
  for (const { plan } of jobs)
    assert.deepEqual(
      listJobEvents(db, plan.name),
      events.map((event, i) => ({ seq: i + 1, atMs: STATE.sinceMs, event })),
    )
})
