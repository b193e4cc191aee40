import type { AssetKey } from '../core/asset/kind.ts'
import { nextVersionAfter } from '../core/asset/version.ts'
import type { AssetKind } from '../core/refs/reference.ts'
import type { Db, SqlValue } from './db.ts'

type Tags = Readonly<Record<string, string | null>>

/** A name: what its versions share. */
export interface AssetRow {
  readonly registry: string
  readonly kind: AssetKind
  readonly name: string
  readonly nextVersion: number
  readonly archived: boolean
  readonly createdMs: number
  readonly modifiedMs: number
  readonly createdBy: string
  readonly description: string | null
  readonly tags: Tags
  readonly properties: Tags
}

/** What was found out about an asset's bytes when it was registered. */
export interface AssetFacts {
  readonly isFile?: boolean
  /** Name of the only file of a model registered from one single file. */
  readonly singleFile?: string
  readonly fileCount?: number
  readonly sizeBytes?: number
  /** The bytes were not copied: they are checked against the stored fingerprint when used. */
  readonly inPlace?: boolean
  /** Of code: sha256 over sorted path, mode and content. */
  readonly hash?: string
}

export interface AssetVersionRow {
  /** Grows with creation: the latest version is the greatest. */
  readonly id: number
  readonly registry: string
  readonly kind: AssetKind
  readonly name: string
  readonly version: string
  readonly createdMs: number
  readonly modifiedMs: number
  readonly createdBy: string
  /** `uri_folder`, `mlflow_model`, a component's type… */
  readonly type: string
  /** Canonical URI of its bytes; null for environments without a build context and components. */
  readonly uri: string | null
  /** What two registrations of one version must share. */
  readonly content: string
  readonly entity: Readonly<Record<string, unknown>>
  readonly facts: AssetFacts
  readonly description: string | null
  readonly tags: Tags
  readonly properties: Tags
  readonly stage: string | null
  readonly archived: boolean
  /** The job and its output that made this version. */
  readonly job: string | null
  readonly output: string | null
}

export interface NewAssetVersion extends AssetKey {
  /** Absent: the next number. */
  readonly version?: string | undefined
  readonly type: string
  readonly uri?: string | undefined
  readonly content: string
  readonly entity: Readonly<Record<string, unknown>>
  readonly facts?: AssetFacts | undefined
  readonly description?: string | undefined
  readonly tags?: Tags | undefined
  readonly properties?: Tags | undefined
  readonly stage?: string | undefined
  readonly job?: string | undefined
  readonly output?: string | undefined
  readonly createdBy: string
  readonly atMs: number
  /** Made for a job, not by a person: never listed, never `latest`. */
  readonly anonymous?: boolean | undefined
  readonly fingerprint?: Uint8Array | undefined
}

export type RecordedVersion =
  | { readonly outcome: 'created'; readonly version: string }
  | {
      readonly outcome: 'same' | 'other'
      readonly version: string
      readonly stored: AssetVersionRow
    }
  | { readonly outcome: 'deleted'; readonly version: string }

const keyOf = ({ registry, kind, name }: AssetKey) => ({ registry: registry ?? '', kind, name })

/**
 * Records a version, the container with it. `same` and `other` say that this version exists with that or with
 * other content, `deleted` that it existed once; nothing is written then. Joins the caller's transaction.
 */
export function recordAssetVersion(db: Db, given: NewAssetVersion): RecordedVersion {
  return db.transaction(() => {
    const key = keyOf(given)
    const container = { ...key, at: given.atMs, by: given.createdBy }
    db.run(INSERT_ASSET, { ...container, anonymous: given.anonymous ? 1 : 0 })
    const version = given.version ?? String(getAsset(db, given)?.nextVersion ?? 1)
    const existing = db.get<RawVersion>(SELECT_ANY_VERSION, { ...key, version })
    if (existing !== undefined) {
      if (existing.deleted_ms !== null) return { outcome: 'deleted', version }
      const stored = toVersionRow(existing)
      return { outcome: stored.content === given.content ? 'same' : 'other', version, stored }
    }
    insertVersion(db, given, version)
    return { outcome: 'created', version }
  })
}

function insertVersion(db: Db, given: NewAssetVersion, version: string): void {
  const key = keyOf(given)
  db.run(INSERT_VERSION, {
    ...key,
    version,
    at: given.atMs,
    by: given.createdBy,
    type: given.type,
    uri: given.uri ?? null,
    content: given.content,
    entity: JSON.stringify(given.entity),
    facts: JSON.stringify(given.facts ?? {}),
    description: given.description ?? null,
    tags: JSON.stringify(given.tags ?? {}),
    properties: JSON.stringify(given.properties ?? {}),
    stage: given.stage ?? null,
    job: given.job ?? null,
    output: given.output ?? null,
  })
  if (given.fingerprint !== undefined)
    db.run(
      'insert into asset_fingerprint (version_id, entries) values (last_insert_rowid(), :entries)',
      { entries: given.fingerprint },
    )
  const next = nextVersionAfter(version, getAsset(db, given)?.nextVersion ?? 1)
  db.run(UPDATE_NEXT, { ...key, next, at: given.atMs })
}

const INSERT_ASSET = `
  insert into asset (registry, kind, name, anonymous, created_ms, modified_ms, created_by)
  values (:registry, :kind, :name, :anonymous, :at, :at, :by) on conflict do nothing`
const INSERT_VERSION = `
  insert into asset_version (registry, kind, name, version, created_ms, modified_ms, created_by, type, uri,
    content, entity, facts, description, tags, properties, stage, job, output)
  values (:registry, :kind, :name, :version, :at, :at, :by, :type, :uri,
    :content, :entity, :facts, :description, :tags, :properties, :stage, :job, :output)`
const UPDATE_NEXT = `
  update asset set next_version = :next, modified_ms = :at
   where registry = :registry and kind = :kind and name = :name`
const SAME_NAME = 'registry = :registry and kind = :kind and name = :name'
const SELECT_ANY_VERSION = `select * from asset_version where ${SAME_NAME} and version = :version`
const SELECT_VERSION = `${SELECT_ANY_VERSION} and deleted_ms is null`
const SELECT_VERSIONS = `
  select * from asset_version where ${SAME_NAME} and deleted_ms is null and id < :before
    and (:archived is null or archived = :archived) order by id desc limit :max`
const SELECT_LATEST = `
  select * from asset_version where ${SAME_NAME} and deleted_ms is null and archived = 0
   order by id desc limit 1`

interface RawVersion {
  readonly id: number
  readonly registry: string
  readonly kind: AssetKind
  readonly name: string
  readonly version: string
  readonly created_ms: number
  readonly modified_ms: number
  readonly created_by: string
  readonly type: string
  readonly uri: string | null
  readonly content: string
  readonly entity: string
  readonly facts: string
  readonly description: string | null
  readonly tags: string
  readonly properties: string
  readonly stage: string | null
  readonly archived: number
  readonly deleted_ms: number | null
  readonly job: string | null
  readonly output: string | null
}

interface RawAsset {
  readonly registry: string
  readonly kind: AssetKind
  readonly name: string
  readonly next_version: number
  readonly archived: number
  readonly created_ms: number
  readonly modified_ms: number
  readonly created_by: string
  readonly description: string | null
  readonly tags: string
  readonly properties: string
}

function toVersionRow(raw: RawVersion): AssetVersionRow {
  return {
    id: raw.id,
    registry: raw.registry,
    kind: raw.kind,
    name: raw.name,
    version: raw.version,
    createdMs: raw.created_ms,
    modifiedMs: raw.modified_ms,
    createdBy: raw.created_by,
    type: raw.type,
    uri: raw.uri,
    content: raw.content,
    entity: JSON.parse(raw.entity),
    facts: JSON.parse(raw.facts),
    description: raw.description,
    tags: JSON.parse(raw.tags),
    properties: JSON.parse(raw.properties),
    stage: raw.stage,
    archived: raw.archived === 1,
    job: raw.job,
    output: raw.output,
  }
}

function toAssetRow(raw: RawAsset): AssetRow {
  return {
    registry: raw.registry,
    kind: raw.kind,
    name: raw.name,
    nextVersion: raw.next_version,
    archived: raw.archived === 1,
    createdMs: raw.created_ms,
    modifiedMs: raw.modified_ms,
    createdBy: raw.created_by,
    description: raw.description,
    tags: JSON.parse(raw.tags),
    properties: JSON.parse(raw.properties),
  }
}

export function getAsset(db: Db, key: AssetKey): AssetRow | undefined {
  const raw = db.get<RawAsset>(`select * from asset where ${SAME_NAME}`, keyOf(key))
  return raw && toAssetRow(raw)
}

/** A version that exists, archived or not; undefined for one that was deleted. */
export function getAssetVersion(
  db: Db,
  key: AssetKey,
  version: string,
): AssetVersionRow | undefined {
  const raw = db.get<RawVersion>(SELECT_VERSION, { ...keyOf(key), version })
  return raw && toVersionRow(raw)
}

/** The most recently created version that is not archived: what `@latest` means on every surface. */
export function latestAssetVersion(db: Db, key: AssetKey): AssetVersionRow | undefined {
  const raw = db.get<RawVersion>(SELECT_LATEST, keyOf(key))
  return raw && toVersionRow(raw)
}

export interface VersionPage {
  /** Only archived ones, or only others; default both. */
  readonly archived?: boolean | undefined
  /** Only those older than the version with this row id. */
  readonly before?: number | undefined
  readonly max?: number | undefined
}

/** Newest first; without a page all of them. */
export function listAssetVersions(
  db: Db,
  key: AssetKey,
  { archived, before = Number.MAX_SAFE_INTEGER, max = -1 }: VersionPage = {},
): AssetVersionRow[] {
  const params = { ...keyOf(key), before, max, archived: archived === undefined ? null : +archived }
  return db.all<RawVersion>(SELECT_VERSIONS, params).map(toVersionRow)
}

/** Names that have a version, sorted by last change, newest first; anonymous ones left out. */
export function listAssets(db: Db, kind: AssetKind, registry = ''): AssetRow[] {
  const sql = `
    select * from asset where registry = :registry and kind = :kind and anonymous = 0 and exists (
      select 1 from asset_version v where v.registry = asset.registry and v.kind = asset.kind
         and v.name = asset.name and v.deleted_ms is null)
     order by modified_ms desc, name`
  return db.all<RawAsset>(sql, { registry, kind }).map(toAssetRow)
}

/** Versions made by a job's outputs, in the order of registration. */
export function listAssetsMadeBy(db: Db, job: string): AssetVersionRow[] {
  const sql = 'select * from asset_version where job = :job and deleted_ms is null order by id'
  return db.all<RawVersion>(sql, { job }).map(toVersionRow)
}

/** What `label` names; `latest` is not stored, see `latestAssetVersion`. */
export function labelledVersion(db: Db, key: AssetKey, label: string): string | undefined {
  const sql = `select version from asset_label where ${SAME_NAME} and label = :label`
  return db.get<{ version: string }>(sql, { ...keyOf(key), label })?.version
}

/** Label → version, sorted by label. */
export function listAssetLabels(db: Db, key: AssetKey): ReadonlyMap<string, string> {
  const sql = `select label, version from asset_label where ${SAME_NAME} order by label`
  const rows = db.all<{ label: string; version: string }>(sql, keyOf(key))
  return new Map(rows.map((row) => [row.label, row.version]))
}

export function setAssetLabel(db: Db, key: AssetKey, label: string, version: string): void {
  const sql = `
    insert into asset_label (registry, kind, name, label, version)
    values (:registry, :kind, :name, :label, :version)
    on conflict do update set version = excluded.version`
  db.run(sql, { ...keyOf(key), label, version })
}

/** True when the label was there. */
export function removeAssetLabel(db: Db, key: AssetKey, label: string): boolean {
  const sql = `delete from asset_label where ${SAME_NAME} and label = :label`
  return db.run(sql, { ...keyOf(key), label }) > 0
}

export function archiveAsset(db: Db, key: AssetKey, archived: boolean): void {
  const params = { ...keyOf(key), archived: archived ? 1 : 0 }
  db.run(`update asset set archived = :archived where ${SAME_NAME}`, params)
}

export function archiveAssetVersion(db: Db, id: number, archived: boolean): void {
  db.run('update asset_version set archived = :archived where id = :id', {
    id,
    archived: archived ? 1 : 0,
  })
}

export interface AssetChanges {
  readonly description?: string | null | undefined
  readonly tags?: Tags | undefined
  readonly properties?: Tags | undefined
  readonly stage?: string | null | undefined
}

/** Replaces the fields given; the others stay. */
export function updateAssetVersion(db: Db, id: number, changes: AssetChanges, atMs: number): void {
  const { sets, params } = assignments(changes)
  db.run(`update asset_version set ${sets} modified_ms = :at where id = :id`, {
    ...params,
    id,
    at: atMs,
  })
}

export function updateAsset(db: Db, key: AssetKey, changes: AssetChanges, atMs: number): void {
  const { sets, params } = assignments({ ...changes, stage: undefined })
  const sql = `update asset set ${sets} modified_ms = :at where ${SAME_NAME}`
  db.run(sql, { ...params, ...keyOf(key), at: atMs })
}

function assignments(changes: AssetChanges) {
  const params: Record<string, SqlValue> = {}
  if (changes.description !== undefined) params['description'] = changes.description
  if (changes.stage !== undefined) params['stage'] = changes.stage
  if (changes.tags !== undefined) params['tags'] = JSON.stringify(changes.tags)
  if (changes.properties !== undefined) params['properties'] = JSON.stringify(changes.properties)
  const sets = Object.keys(params)
    .map((column) => `${column} = :${column}, `)
    .join('')
  return { sets, params }
}

/** Marks a version as deleted: it is gone for everybody, its number is never given again. */
export function deleteAssetVersion(db: Db, row: AssetVersionRow, atMs: number): void {
  db.transaction(() => {
    const { id, version } = row
    db.run('update asset_version set deleted_ms = :at where id = :id', { id, at: atMs })
    db.run('delete from asset_fingerprint where version_id = :id', { id })
    const params = { ...keyOf(row), version }
    db.run(`delete from asset_label where ${SAME_NAME} and version = :version`, params)
  })
}

/** The stored listing of a folder registered in place. */
export function assetFingerprint(db: Db, id: number): Uint8Array | undefined {
  const sql = 'select entries from asset_fingerprint where version_id = :id'
  return db.get<{ entries: Uint8Array }>(sql, { id })?.entries
}
