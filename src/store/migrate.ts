import type { Db } from './db.ts'

export interface Migration {
  /** Unique, increasing over all of amlet: `0001-jobs`. */
  readonly id: string
  readonly sql: string
}

/**
 * Brings a database up to date: runs, in order and in one transaction, what is not yet listed in its `migration`
 * table. Forward only. Returns the ids that ran.
 */
export function migrate(db: Db, migrations: readonly Migration[]): string[] {
  db.exec(
    'create table if not exists migration (id text primary key, at_ms integer not null) strict',
  )
  const done = new Set(db.all<{ id: string }>('select id from migration').map((row) => row.id))
  const missing = migrations.filter(({ id }) => !done.has(id))
  if (missing.length === 0) return []
  db.transaction(() => {
    for (const { id, sql } of missing) {
      db.exec(sql)
      db.run('insert into migration (id, at_ms) values (:id, :atMs)', { id, atMs: Date.now() })
    }
  })
  return missing.map(({ id }) => id)
}
