import type { Db } from './db.ts'

/** One try of a job. Its id names its run folder and is its identity in every engine. */
export interface AttemptRow {
  readonly id: string
  readonly job: string
  /** From 0. */
  readonly number: number
  readonly compute: string
  readonly createdMs: number
  readonly startedMs: number | null
  readonly endedMs: number | null
  readonly exitCode: number | null
  readonly signal: string | null
  /** How it ended: `exited`, `notStarted`, `lost: …`. */
  readonly end: string | null
}

export interface IntentRow {
  readonly type: 'submit' | 'cancel'
  readonly job: string
  readonly attempt: string
}

const SELECT = `
  select id, job, number, compute, created_ms as createdMs, started_ms as startedMs,
    ended_ms as endedMs, exit_code as exitCode, signal, "end" from attempt`

export function insertAttempt(
  db: Db,
  attempt: Pick<AttemptRow, 'id' | 'job' | 'number' | 'compute' | 'createdMs'>,
): void {
  const sql = `
    insert into attempt (id, job, number, compute, created_ms)
    values (:id, :job, :number, :compute, :createdMs)`
  db.run(sql, { ...attempt })
}

export function startAttempt(db: Db, id: string, atMs: number): void {
  db.run('update attempt set started_ms = :atMs where id = :id and started_ms is null', {
    id,
    atMs,
  })
}

export interface AttemptEnd {
  readonly atMs: number
  readonly exitCode?: number | null
  readonly signal?: string | null
  readonly end: string
}

export function endAttempt(db: Db, id: string, ended: AttemptEnd): void {
  const { atMs, exitCode = null, signal = null, end } = ended
  const sql = `
    update attempt set ended_ms = :atMs, exit_code = :exitCode, signal = :signal, "end" = :end
     where id = :id and ended_ms is null`
  db.run(sql, { id, atMs, exitCode, signal, end })
}

/** Tries of a job, the first one first. */
export function listAttempts(db: Db, job: string): AttemptRow[] {
  return db.all<AttemptRow>(`${SELECT} where job = :job order by number`, { job })
}

export function listOpenAttempts(db: Db): AttemptRow[] {
  return db.all<AttemptRow>(`${SELECT} where ended_ms is null`)
}

/** Gives an attempt another id, in all that names it. */
export function renameAttempt(db: Db, from: string, to: string): void {
  db.run('update attempt set id = :to where id = :from', { from, to })
  db.run('update intent set attempt = :to where attempt = :from', { from, to })
  const sql = 'select job from attempt where id = :to'
  const job = db.get<{ job: string }>(sql, { to })?.job ?? ''
  db.run('update job set attempt = :to where name = :job and attempt = :from', { from, to, job })
  const events = 'update job_event set data = replace(data, :from, :to) where job = :job'
  db.run(events, { from, to, job })
}

/** What is still to be done outside the database. */
export function listIntents(db: Db): IntentRow[] {
  return db.all<IntentRow>('select attempt, type, job from intent')
}

export function deleteIntent(db: Db, attempt: string, type: IntentRow['type']): void {
  db.run('delete from intent where attempt = :attempt and type = :type', { attempt, type })
}

/** Nothing is left to be done about an attempt that has ended. */
export function deleteIntents(db: Db, attempt: string): void {
  db.run('delete from intent where attempt = :attempt', { attempt })
}
