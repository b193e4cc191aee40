import type { Db } from './db.ts'

export interface ScheduleRow {
  readonly name: string
  /** As it was created, its job pinned. */
  readonly entity: Readonly<Record<string, unknown>>
  readonly isEnabled: boolean
  /** When it fires next; null when it never does again. */
  readonly nextMs: number | null
  readonly createdMs: number
  readonly modifiedMs: number
  readonly createdBy: string
}

/** A time at which a schedule was due, and what became of it. */
export interface FireRow {
  readonly schedule: string
  readonly dueMs: number
  /** `due`: to be submitted; `missed`: nobody was there in time. */
  readonly state: 'due' | 'fired' | 'missed' | 'failed'
  readonly job: string | null
  readonly message: string | null
}

interface RawSchedule {
  readonly name: string
  readonly entity: string
  readonly is_enabled: number
  readonly next_ms: number | null
  readonly created_ms: number
  readonly modified_ms: number
  readonly created_by: string
}

const toRow = (raw: RawSchedule): ScheduleRow => ({
  name: raw.name,
  entity: JSON.parse(raw.entity),
  isEnabled: raw.is_enabled === 1,
  nextMs: raw.next_ms,
  createdMs: raw.created_ms,
  modifiedMs: raw.modified_ms,
  createdBy: raw.created_by,
})

/** Records a schedule, or replaces the one of that name; when it was created, and by whom, is kept. */
export function recordSchedule(db: Db, row: ScheduleRow): void {
  const sql = `
    insert into schedule (name, entity, is_enabled, next_ms, created_ms, modified_ms, created_by)
    values (:name, :entity, :isEnabled, :nextMs, :createdMs, :modifiedMs, :createdBy)
    on conflict (name) do update set entity = excluded.entity, is_enabled = excluded.is_enabled,
      next_ms = excluded.next_ms, modified_ms = excluded.modified_ms`
  const { entity, isEnabled, ...rest } = row
  db.run(sql, { ...rest, entity: JSON.stringify(entity), isEnabled: isEnabled ? 1 : 0 })
}

export function getSchedule(db: Db, name: string): ScheduleRow | undefined {
  const row = db.get<RawSchedule>('select * from schedule where name = :name', { name })
  return row && toRow(row)
}

export function listSchedules(db: Db): ScheduleRow[] {
  return db.all<RawSchedule>('select * from schedule order by name').map(toRow)
}

/** Enabled schedules whose time has come. */
export function listDueSchedules(db: Db, nowMs: number): ScheduleRow[] {
  const sql = 'select * from schedule where is_enabled = 1 and next_ms <= :nowMs order by next_ms'
  return db.all<RawSchedule>(sql, { nowMs }).map(toRow)
}

/** When the first enabled schedule is due; null when none is. */
export function nextDueMs(db: Db): number | null {
  const sql = 'select min(next_ms) as at from schedule where is_enabled = 1'
  return db.get<{ at: number | null }>(sql)?.at ?? null
}

/** False when there is none of that name. */
export function deleteSchedule(db: Db, name: string): boolean {
  return db.run('delete from schedule where name = :name', { name }) > 0
}

/** Notes what became of a due time; a time that was noted before is noted anew. */
export function recordFire(db: Db, fire: FireRow): void {
  const sql = `
    insert into schedule_fire (schedule, due_ms, state, job, message)
    values (:schedule, :dueMs, :state, :job, :message)
    on conflict (schedule, due_ms) do update set state = excluded.state, job = excluded.job,
      message = excluded.message`
  db.run(sql, { ...fire })
}

/** The last due times of a schedule, the newest first. */
export function listFires(db: Db, schedule: string, max: number): FireRow[] {
  const sql = `
    select schedule, due_ms as dueMs, state, job, message from schedule_fire
     where schedule = :schedule order by due_ms desc limit :max`
  return db.all<FireRow>(sql, { schedule, max })
}

/** Due times that were noted and not yet submitted when the server ended. */
export function listOpenFires(db: Db): FireRow[] {
  const sql = `
    select schedule, due_ms as dueMs, state, job, message from schedule_fire where state = 'due'`
  return db.all<FireRow>(sql)
}

export function countMissedFires(db: Db, schedule: string): number {
  const sql = `select count(*) as n from schedule_fire where schedule = :schedule and state = 'missed'`
  return db.get<{ n: number }>(sql, { schedule })?.n ?? 0
}
