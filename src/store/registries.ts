import type { Db } from './db.ts'

/** A registry of this server: assets that are named apart from the workspace's. */
export interface RegistryRow {
  readonly name: string
  readonly createdMs: number
  readonly description: string | null
  readonly tags: Readonly<Record<string, string>>
}

interface RawRegistry {
  readonly name: string
  readonly created_ms: number
  readonly description: string | null
  readonly tags: string
}

const toRow = (raw: RawRegistry): RegistryRow => ({
  name: raw.name,
  createdMs: raw.created_ms,
  description: raw.description,
  tags: JSON.parse(raw.tags),
})

/** Creates a registry, or replaces the description and tags of the one of that name. */
export function recordRegistry(db: Db, given: RegistryRow): void {
  const sql = `
    insert into registry (name, created_ms, description, tags)
    values (:name, :at, :description, :tags)
    on conflict (name) do update set description = excluded.description, tags = excluded.tags`
  const { name, createdMs, description } = given
  db.run(sql, { name, at: createdMs, description, tags: JSON.stringify(given.tags) })
}

export function getRegistry(db: Db, name: string): RegistryRow | undefined {
  const raw = db.get<RawRegistry>('select * from registry where name = :name', { name })
  return raw && toRow(raw)
}

export function listRegistries(db: Db): RegistryRow[] {
  return db.all<RawRegistry>('select * from registry order by name').map(toRow)
}

export function deleteRegistry(db: Db, name: string): boolean {
  return db.run('delete from registry where name = :name', { name }) > 0
}
