import type { Db } from './db.ts'

export interface DatastoreRow {
  readonly name: string
  readonly type: string
  /** As created, without credentials. A local one has `path`, absolute or relative to the home. */
  readonly entity: Readonly<Record<string, unknown>>
  readonly createdMs: number
  readonly modifiedMs: number
  readonly createdBy: string
}

export interface NewDatastore {
  readonly name: string
  readonly type: string
  readonly entity: Readonly<Record<string, unknown>>
  /** Kept, never shown. */
  readonly credentials?: Readonly<Record<string, unknown>> | undefined
  readonly createdBy: string
  readonly atMs: number
}

interface RawDatastore {
  readonly name: string
  readonly type: string
  readonly entity: string
  readonly created_ms: number
  readonly modified_ms: number
  readonly created_by: string
}

const COLUMNS = 'name, type, entity, created_ms, modified_ms, created_by'

const toRow = (raw: RawDatastore): DatastoreRow => ({
  name: raw.name,
  type: raw.type,
  entity: JSON.parse(raw.entity),
  createdMs: raw.created_ms,
  modifiedMs: raw.modified_ms,
  createdBy: raw.created_by,
})

/** Creates a datastore, or replaces the one of that name. */
export function recordDatastore(db: Db, given: NewDatastore): void {
  const sql = `
    insert into datastore (name, type, entity, credentials, created_ms, modified_ms, created_by)
    values (:name, :type, :entity, :credentials, :at, :at, :by)
    on conflict (name) do update set type = excluded.type, entity = excluded.entity,
      credentials = coalesce(excluded.credentials, credentials), modified_ms = excluded.modified_ms`
  db.run(sql, {
    name: given.name,
    type: given.type,
    entity: JSON.stringify(given.entity),
    credentials: given.credentials === undefined ? null : JSON.stringify(given.credentials),
    at: given.atMs,
    by: given.createdBy,
  })
}

export function getDatastore(db: Db, name: string): DatastoreRow | undefined {
  const raw = db.get<RawDatastore>(`select ${COLUMNS} from datastore where name = :name`, { name })
  return raw && toRow(raw)
}

export function listDatastores(db: Db): DatastoreRow[] {
  const rows = db.all<RawDatastore>(`select ${COLUMNS} from datastore order by created_ms, name`)
  return rows.map(toRow)
}

/** True when it was there. Its bytes stay. */
export function deleteDatastore(db: Db, name: string): boolean {
  return db.run('delete from datastore where name = :name', { name }) > 0
}
