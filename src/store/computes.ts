import type { Db } from './db.ts'

export interface ComputeRow {
  readonly name: string
  /** Selects the executor. */
  readonly type: string
  readonly entity: Readonly<Record<string, unknown>>
  /** `Running` or `Stopped`. */
  readonly state: string
  readonly createdMs: number
  readonly modifiedMs: number
  readonly createdBy: string
}

export interface NewCompute {
  readonly name: string
  readonly type: string
  readonly entity: Readonly<Record<string, unknown>>
  readonly createdBy: string
  readonly atMs: number
}

interface RawCompute {
  readonly name: string
  readonly type: string
  readonly entity: string
  readonly state: string
  readonly created_ms: number
  readonly modified_ms: number
  readonly created_by: string
}

const toRow = (raw: RawCompute): ComputeRow => ({
  name: raw.name,
  type: raw.type,
  entity: JSON.parse(raw.entity),
  state: raw.state,
  createdMs: raw.created_ms,
  modifiedMs: raw.modified_ms,
  createdBy: raw.created_by,
})

/** Creates a compute, or replaces the one of that name. */
export function recordCompute(db: Db, given: NewCompute): void {
  const sql = `
    insert into compute (name, type, entity, created_ms, modified_ms, created_by)
    values (:name, :type, :entity, :at, :at, :by)
    on conflict (name) do update set type = excluded.type, entity = excluded.entity,
      modified_ms = excluded.modified_ms`
  const { name, type, atMs, createdBy } = given
  db.run(sql, { name, type, entity: JSON.stringify(given.entity), at: atMs, by: createdBy })
}

/** Names are compared without case, as Azure's are. */
export function getCompute(db: Db, name: string): ComputeRow | undefined {
  const sql = 'select * from compute where name = :name collate nocase'
  const raw = db.get<RawCompute>(sql, { name })
  return raw && toRow(raw)
}

export function listComputes(db: Db): ComputeRow[] {
  return db.all<RawCompute>('select * from compute order by created_ms, name').map(toRow)
}

export function setComputeState(db: Db, name: string, state: string): void {
  db.run('update compute set state = :state where name = :name', { name, state })
}

/** True when it was there. */
export function deleteCompute(db: Db, name: string): boolean {
  return db.run('delete from compute where name = :name', { name }) > 0
}
