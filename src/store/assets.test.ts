import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { listAssetsUsedBy, listJobsUsing, recordAssetUses } from './asset-uses.ts'
import {
  archiveAssetVersion,
  deleteAssetVersion,
  getAsset,
  getAssetVersion,
  labelledVersion,
  latestAssetVersion,
  listAssets,
  listAssetVersions,
  type NewAssetVersion,
  recordAssetVersion,
  setAssetLabel,
} from './assets.ts'
import type { Db } from './db.ts'
import { openHomeDb } from './open.ts'
import { settingOr, workspaceIdentity } from './settings.ts'

const KEY = { kind: 'data', name: 'd' } as const

function record(db: Db, more: Partial<NewAssetVersion> = {}) {
  const plain = { type: 'uri_folder', content: 'c', entity: {}, createdBy: 'ada', atMs: 1 }
  return recordAssetVersion(db, { ...KEY, ...plain, ...more })
}

test('automatic versions are never given twice, whatever is created, named and deleted', () => {
  const step = fc.oneof(
    fc.constant({ do: 'auto' } as const),
    fc.record({ do: fc.constant('named' as const), version: fc.integer({ min: 0, max: 12 }) }),
    fc.constant({ do: 'delete' } as const),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const db = openHomeDb(':memory:')
      const created: string[] = []
      for (const what of steps) {
        const latest = latestAssetVersion(db, KEY)
        if (what.do === 'delete') {
          if (latest !== undefined) deleteAssetVersion(db, latest, 2)
          continue
        }
        const version = what.do === 'named' ? String(what.version) : undefined
        const { outcome, version: given } = record(db, { version })
        if (what.do === 'auto') assert.equal(outcome, 'created')
        if (outcome === 'created') created.push(given)
      }
      assert.equal(new Set(created).size, created.length)
      db.close()
    }),
  )
})

test('the same content again is the same, other content is other, a deleted version is deleted', () => {
  const db = openHomeDb(':memory:')
  assert.equal(record(db, { version: 'a' }).outcome, 'created')
  assert.equal(record(db, { version: 'a' }).outcome, 'same')
  assert.equal(record(db, { version: 'a', content: 'x' }).outcome, 'other')
  const row = getAssetVersion(db, KEY, 'a')
  assert.ok(row)
  deleteAssetVersion(db, row, 2)
  assert.equal(getAssetVersion(db, KEY, 'a'), undefined)
  assert.equal(record(db, { version: 'a' }).outcome, 'deleted')
})

test('the latest version is the last one created that is not archived, not the greatest number', () => {
  const db = openHomeDb(':memory:')
  for (const version of ['9', '10', '2']) record(db, { version, content: version })
  assert.equal(latestAssetVersion(db, KEY)?.version, '2')
  archiveAssetVersion(db, latestAssetVersion(db, KEY)?.id ?? 0, true)
  assert.equal(latestAssetVersion(db, KEY)?.version, '10')
  assert.equal(getAsset(db, KEY)?.nextVersion, 11)
  assert.deepEqual(
    listAssetVersions(db, KEY).map((row) => row.version),
    ['2', '10', '9'],
  )
})

test('a label goes with the version it names', () => {
  const db = openHomeDb(':memory:')
  record(db)
  setAssetLabel(db, KEY, 'best', '1')
  assert.equal(labelledVersion(db, KEY, 'best'), '1')
  const row = getAssetVersion(db, KEY, '1')
  assert.ok(row)
  deleteAssetVersion(db, row, 2)
  assert.equal(labelledVersion(db, KEY, 'best'), undefined)
})

test('a registry has its own names, and anonymous ones are never listed', () => {
  const db = openHomeDb(':memory:')
  record(db)
  record(db, { registry: 'team', name: 'shared' })
  record(db, { name: 'hidden', anonymous: true })
  const names = (registry?: string) => listAssets(db, 'data', registry).map((row) => row.name)
  assert.deepEqual([names(), names('team')], [['d'], ['shared']])
})

test('uses are recorded once and read from both ends', () => {
  const db = openHomeDb(':memory:')
  const use = { ...KEY, registry: '', version: '1', input: 'train.data' }
  recordAssetUses(db, 'job', [use])
  recordAssetUses(db, 'job', [use])
  assert.deepEqual(listJobsUsing(db, KEY, '1'), [{ job: 'job', input: 'train.data' }])
  assert.deepEqual(listAssetsUsedBy(db, 'job'), [use])
})

test('settings and the identity of the workspace are made once', () => {
  const db = openHomeDb(':memory:')
  assert.deepEqual(workspaceIdentity(db), workspaceIdentity(db))
  assert.equal(
    settingOr(db, 'port', () => '1'),
    '1',
  )
  assert.equal(
    settingOr(db, 'port', () => '2'),
    '1',
  )
})
