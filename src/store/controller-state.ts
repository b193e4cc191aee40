import type { Db } from './db.ts'

/** What a controller keeps of its job: text by key. */
export function readControllerState(db: Db, job: string, key: string): string | undefined {
  const sql = 'select value from controller_state where job = :job and key = :key'
  return db.get<{ value: string }>(sql, { job, key })?.value
}

export function writeControllerState(db: Db, job: string, key: string, value: string): void {
  const sql = `
    insert into controller_state (job, key, value) values (:job, :key, :value)
    on conflict do update set value = excluded.value`
  db.run(sql, { job, key, value })
}
