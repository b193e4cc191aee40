import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryStepsOf } from '../../test/support/query-steps.ts'
import {
  archiveAssetVersion,
  latestAssetVersion,
  listAssetVersions,
  recordAssetVersion,
} from './assets.ts'
import type { Db } from './db.ts'
import { type JobFilter, listJobs } from './jobs.ts'
import { openHomeDb } from './open.ts'
import { listNewestOfEachStage } from './registered-models.ts'
import { lastOfEachStep } from './reuse.ts'

interface Facts {
  readonly parent?: string
  readonly root?: string
  readonly step?: string
  readonly experiment?: string
  readonly archived?: number
  readonly createdMs: number
}

function insert(db: Db, name: string, facts: Facts): void {
  const { parent = null, root = name, step = '', experiment = 'e', archived = 0 } = facts
  const { createdMs } = facts
  db.run(
    `insert into job (name, parent, root, step, type, position, status, seq, change_id, since_ms, created_ms,
       attempts, losses, outputs, experiment, display_name, compute, tags, properties, archived)
     values (:name, :parent, :root, :step, 'command', 0, 'Completed', 1, (select count(*) from job), 0, :createdMs,
       1, 0, '{}', :experiment, '', 'local', '{}', '{}', :archived)`,
    { name, parent, root, step, experiment, archived, createdMs },
  )
  db.run(`insert into job_plan (job, needs, entity, plan) values (:name, '[]', '{}', '{}')`, {
    name,
  })
}

/** Its steps in which it sorts. */
const sortsOf = (db: Db, work: (db: Db) => void) =>
  queryStepsOf(db, work).filter((step) => step.includes('TEMP B-TREE'))

test('a page of top-level jobs is read in the order of an index, whatever the filter', () => {
  const db = openHomeDb(':memory:')
  insert(db, 'old', { createdMs: 1 })
  insert(db, 'new', { createdMs: 2 })
  insert(db, 'gone', { createdMs: 3, archived: 1 })
  insert(db, 'new.a', { createdMs: 4, parent: 'new', root: 'new', step: 'a' })
  const sorts = sortsOf(db, (asked) => {
    const names = (filter: JobFilter) => listJobs(asked, filter).map(({ name }) => name)
    assert.deepEqual(names({}), ['new', 'old'])
    assert.deepEqual(names({ archived: 'all', max: 2, skip: 1 }), ['new', 'old'])
    assert.deepEqual(names({ archived: 'archived', status: 'Completed' }), ['gone'])
  })
  assert.deepEqual(sorts, [])
})

test('the newest versions of a name are read in the order of an index', () => {
  const key = { kind: 'data', name: 'd' } as const
  const sorts = sortsOf(openHomeDb(':memory:'), (db) => {
    latestAssetVersion(db, key)
    listAssetVersions(db, key)
  })
  assert.deepEqual(sorts, [])
})

test('the last job of each step is of the same experiment if there is one, and of no later submission', () => {
  const db = openHomeDb(':memory:')
  const add = (root: string, step: string, facts: Omit<Facts, 'root' | 'step'>) => {
    insert(db, `${root}.${step}`, { root, step, ...facts })
    db.run(`insert into reuse_part (job, key, parts) values (:job, 'k', '[]')`, {
      job: `${root}.${step}`,
    })
  }
  add('p1', 'prep', { createdMs: 1 })
  add('p1', 'train', { createdMs: 1 })
  add('p2', 'prep', { createdMs: 2, experiment: 'other' })
  add('p3', 'prep', { createdMs: 3 })
  add('p4', 'prep', { createdMs: 4 })
  const lastOf = lastOfEachStep(db, { root: 'p3', experiment: 'e', untilMs: 3 })
  const found = ['prep', 'train', 'score'].map((step) => lastOf({ step, type: 'command' }))
  assert.deepEqual(found, ['p1.prep', 'p1.train', undefined])
  assert.equal(lastOf({ step: 'prep', type: 'parallel' }), undefined)
})

test('the newest version of each stage is found, the oldest of them first, and none that is archived', () => {
  const db = openHomeDb(':memory:')
  const model = { registry: '', name: 'm' }
  const common = {
    kind: 'model',
    name: 'm',
    type: 'custom_model',
    entity: {},
    createdBy: 'ada',
  } as const
  for (const [version, stage] of [
    ['1', 'Production'],
    ['2', undefined],
    ['3', 'Staging'],
    ['4', undefined],
    ['5', 'Staging'],
  ] as const)
    recordAssetVersion(db, { ...common, version, stage, content: version, atMs: 1 })
  assert.deepEqual(listNewestOfEachStage(db, model), ['1', '4', '5'])
  const newest = latestAssetVersion(db, { kind: 'model', name: 'm' })
  archiveAssetVersion(db, newest?.id ?? 0, true)
  assert.deepEqual(listNewestOfEachStage(db, model), ['1', '3', '4'])
})
