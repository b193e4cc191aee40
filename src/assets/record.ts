import { canonicalJson, describeDifferences, immutableFields } from '../core/asset/difference.ts'
import { type AssetKey, describeAsset } from '../core/asset/kind.ts'
import { AmletError } from '../core/errors.ts'
import {
  type AssetChanges,
  type AssetFacts,
  type AssetVersionRow,
  getAssetVersion,
  recordAssetVersion,
  updateAssetVersion,
} from '../store/assets.ts'
import type { Db } from '../store/db.ts'

/** A version that is ready to be recorded: its bytes are where they belong. */
export interface NewVersion extends AssetKey {
  readonly version?: string | undefined
  readonly type: string
  readonly uri?: string | undefined
  /** The pinned entity; its immutable part is what two registrations of one version must share. */
  readonly entity: Readonly<Record<string, unknown>>
  /** What stands for the bytes, when the entity does not say it all. */
  readonly content?: string | undefined
  readonly facts?: AssetFacts | undefined
  readonly job?: string | undefined
  readonly output?: string | undefined
  readonly anonymous?: boolean | undefined
  readonly fingerprint?: Uint8Array | undefined
  readonly createdBy: string
  readonly atMs: number
}

export interface Registered {
  readonly row: AssetVersionRow
  readonly created: boolean
}

/**
 * Records a version in one transaction. The same name, version and content again is a success without a new
 * version; its description, tags, properties and stage are then replaced by those given.
 *
 * @param files which files differ from those of the version that is there, as a phrase.
 * @throws AmletError `AssetExists` when that version has other content, saying what differs, or was deleted.
 */
export function registerVersion(db: Db, given: NewVersion, files?: string): Registered {
  return db.transaction(() => {
    const { description, tags, properties, stage } = given.entity as AssetChanges
    const recorded = recordAssetVersion(db, {
      ...given,
      entity: immutableFields(given.entity),
      content: given.content ?? contentOf(given.entity),
      description: description ?? undefined,
      stage: stage ?? undefined,
      tags,
      properties,
    })
    if (recorded.outcome === 'deleted') throw wasDeleted(given, recorded.version)
    if (recorded.outcome === 'other') throw isOther(given, recorded.stored, files)
    if (recorded.outcome === 'same')
      applyChanges(db, recorded.stored, {
        changes: { description, tags, properties, stage },
        given,
      })
    const row = getAssetVersion(db, given, recorded.version)
    if (row === undefined) throw new Error(`version ${recorded.version} vanished while recorded`)
    return { row, created: recorded.outcome === 'created' }
  })
}

/** Jobs name the same code and environment over and over: where nothing changes, nothing is written. */
function applyChanges(
  db: Db,
  stored: AssetVersionRow,
  { changes, given }: { readonly changes: AssetChanges; readonly given: NewVersion },
): void {
  const isAny = Object.values(changes).some((value) => value !== undefined)
  if (isAny) updateAssetVersion(db, stored.id, changes, given.atMs)
}

function contentOf(entity: Readonly<Record<string, unknown>>): string {
  const { name: _name, version: _version, ...content } = immutableFields(entity)
  return canonicalJson(content)
}

function isOther(given: NewVersion, stored: AssetVersionRow, files = ''): AmletError {
  const ours = { ...stored.entity, name: stored.name, version: stored.version }
  const theirs = { ...given.entity, name: stored.name, version: stored.version }
  const differences = [files, ...describeDifferences(ours, theirs)].filter((text) => text !== '')
  return new AmletError({
    code: 'AssetExists',
    message: `${describeAsset(given, stored.version)} exists with other content: ${differences.join('; ') || 'the bytes differ'}`,
    hint: 'a version never changes: give another version, or none to get the next',
  })
}

function wasDeleted(given: NewVersion, version: string): AmletError {
  return new AmletError({
    code: 'AssetExists',
    message: `${describeAsset(given, version)} was deleted, and a version number is never used again`,
    hint: 'give another version, or none to get the next',
  })
}
