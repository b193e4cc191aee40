import assert from 'node:assert/strict'
import { test } from 'node:test'
import { archiveAssetVersion, recordAssetVersion } from '../../src/store/assets.ts'
import { assetsWorld } from '../support/assets-world.ts'

/** More than two pages. */
const VERSIONS = 450
const KEY = { kind: 'data', name: 'd' } as const

test('a long list of versions is whole, newest first, whatever is archived or deleted', async () => {
  await using world = assetsWorld()
  const { assets, db } = world
  const facts = { type: 'uri_folder', entity: { path: 'p' }, createdBy: 'ada', atMs: 1 }
  for (let i = 1; i <= VERSIONS; i += 1)
    recordAssetVersion(db, { ...KEY, ...facts, content: String(i) })
  const all = Array.from({ length: VERSIONS }, (_, i) => VERSIONS - i)
  const isArchived = (version: number) => version % 3 === 0
  for (const version of all.filter(isArchived))
    archiveAssetVersion(db, assets.find(KEY, { version: String(version) }).id, true)
  assets.delete(KEY, { version: '250' })
  const there = all.filter((version) => version !== 250)
  const listed = (archived: 'active' | 'archived' | 'all') =>
    assets.list('data', { name: 'd', archived }).map((view) => Number(view['version']))
  assert.deepEqual(listed('all'), there)
  assert.deepEqual(
    listed('active'),
    there.filter((version) => !isArchived(version)),
  )
  assert.deepEqual(listed('archived'), there.filter(isArchived))
})

test('no more of a list is read than is asked for', async () => {
  await using world = assetsWorld()
  const { assets, db } = world
  const facts = { type: 'uri_folder', entity: { path: 'p' }, createdBy: 'ada', atMs: 1 }
  for (let i = 1; i <= VERSIONS; i += 1)
    recordAssetVersion(db, { ...KEY, ...facts, content: String(i) })
  const first = assets.pagesOf('data', { name: 'd' }).next().value
  assert.equal(first?.[0]?.['version'], String(VERSIONS))
  assert.ok(first.length < VERSIONS, `${first.length} versions in one page`)
})
