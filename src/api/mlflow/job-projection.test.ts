import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fold } from '../../core/lifecycle/event.ts'
import type { JobPlan } from '../../core/plan/job-plan.ts'
import type { Db } from '../../store/db.ts'
import { getJob, insertJobs, updateJob } from '../../store/jobs.ts'
import { openHomeDb } from '../../store/open.ts'
import { getExperiment, setExperimentLifecycle } from '../../store/tracking/experiments.ts'
import { getRun, getRunTag } from '../../store/tracking/runs.ts'
import { Tracking } from '../../store/tracking/tracking.ts'
import { JobProjection } from './job-projection.ts'

function insertJob(
  db: Db,
  given: Partial<JobPlan> & { readonly name: string },
  status: 'Completed' | 'Running' = 'Completed',
): void {
  const plan: JobPlan = {
    ...{ parent: null, root: given.name, step: '', type: 'command', displayName: given.name },
    ...{ description: null, experiment: 'Default', compute: 'local', tags: {}, properties: {} },
    ...{ entity: {}, needs: [], inputs: [], outputs: [], continueOnStepFailure: true },
    ...{ isReusable: false, reuseParts: [] },
    ...given,
  }
  const created = { type: 'created', status, reason: null, outputs: {} } as const
  insertJobs(db, [{ plan, position: 0, state: fold(undefined, created, 1_000), events: [created] }])
}

function world() {
  const db = openHomeDb(':memory:')
  const tracking = new Tracking(':memory:')
  const scope = tracking.scope('default')
  const make = () => new JobProjection({ db, scope, owner: 'ada', onJobChanged: () => {} })
  return { db, tracking, scope, make }
}

test('a job is a run of the same id, in the experiment that it names, below its parent', () => {
  const { db, scope, make } = world()
  insertJob(db, { name: 'pipe', type: 'pipeline', experiment: 'taxi', tags: { team: 'a' } })
  insertJob(db, { name: 'train', parent: 'pipe', root: 'pipe', step: 'train', experiment: 'taxi' })
  const projection = make()
  projection.refresh()
  const run = getRun(scope, 'train')
  assert.equal(run.status, 'FINISHED')
  assert.equal(run.artifact_uri, 'mlflow-artifacts:/1/train/artifacts')
  assert.equal(getRunTag(scope, run, 'mlflow.parentRunId'), 'pipe')
  assert.equal(getRunTag(scope, getRun(scope, 'pipe'), 'team'), 'a')
  assert.equal(getRunTag(scope, getRun(scope, 'pipe'), 'mlflow.user'), 'ada')
})

test('tags are one record, whichever side sets or removes them', () => {
  const { db, scope, make } = world()
  insertJob(db, { name: 'train', tags: { team: 'a', old: 'x' } })
  const projection = make()
  projection.refresh()
  const changes = [
    ['color', 'red'],
    ['old', null],
    ['mlflow.note.content', 'mine'],
  ] as const
  projection.changeTags('train', new Map(changes))
  assert.deepEqual(getJob(db, 'train')?.tags, { team: 'a', color: 'red' })
  updateJob(db, 'train', { tags: { color: 'blue' }, displayName: 'Train it' })
  projection.refresh()
  const run = getRun(scope, 'train')
  assert.equal(run.run_name, 'Train it')
  assert.equal(getRunTag(scope, run, 'color'), 'blue')
  assert.equal(getRunTag(scope, run, 'team'), undefined)
})

test('a job that is archived is a deleted run, and is back when it is restored', () => {
  const { db, scope, make } = world()
  insertJob(db, { name: 'train' })
  const projection = make()
  const lifecycle = () => {
    projection.refresh()
    return getRun(scope, 'train').lifecycle
  }
  assert.equal(lifecycle(), 'active')
  updateJob(db, 'train', { archived: true })
  assert.equal(lifecycle(), 'deleted')
  updateJob(db, 'train', { archived: false })
  assert.equal(lifecycle(), 'active')
})

test('a job that still runs goes on logging after it was archived', () => {
  const { db, scope, make } = world()
  insertJob(db, { name: 'train' }, 'Running')
  updateJob(db, 'train', { archived: true })
  make().refresh()
  assert.equal(getRun(scope, 'train').lifecycle, 'active')
})

test('a job in an experiment that was deleted brings the experiment back', () => {
  const { db, scope, make } = world()
  insertJob(db, { name: 'first', experiment: 'taxi' })
  const projection = make()
  projection.refresh()
  setExperimentLifecycle(scope, '1', 'deleted')
  insertJob(db, { name: 'second', experiment: 'taxi' })
  projection.refresh()
  assert.equal(getExperiment(scope, '1').lifecycle, 'active')
  assert.equal(getRun(scope, 'first').lifecycle, 'deleted')
})

test('a projection that is made anew goes on where the last one was', () => {
  const { db, scope, make } = world()
  insertJob(db, { name: 'first' })
  make().refresh()
  insertJob(db, { name: 'second', experiment: 'other' })
  make().refresh()
  assert.equal(getRun(scope, 'second').experiment_id, 1)
  updateJob(db, 'second', { experiment: 'Default' })
  make().refresh()
  assert.equal(getRun(scope, 'second').experiment_id, 0)
})
