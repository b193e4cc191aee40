import type { ReusePart } from '../core/plan/job-plan.ts'
import type { Db } from './db.ts'

/** The job whose results the key stands for, and where its outputs are. */
export interface ReuseRow {
  readonly job: string
  readonly outputs: string
}

/** The last completed job of this key. */
export function findReusable(db: Db, key: string): ReuseRow | undefined {
  const sql = `
    select reuse.job, job.outputs from reuse join job on job.name = reuse.job where key = ?`
  return db.get<ReuseRow>(sql, [key])
}

/** From now on, a job of this key takes the results of `job`. */
export function recordReusable(db: Db, key: string, job: string, atMs: number): void {
  const sql = `
    insert into reuse (key, job, at_ms) values (:key, :job, :atMs)
    on conflict (key) do update set job = excluded.job, at_ms = excluded.at_ms`
  db.run(sql, { key, job, atMs })
}

/** Keeps what a job's key was made of, so that it can be said later why it was reused or not. */
export function recordReuseParts(
  db: Db,
  job: string,
  { key, parts }: { readonly key: string; readonly parts: readonly ReusePart[] },
): void {
  const sql = `
    insert into reuse_part (job, key, parts) values (:job, :key, :parts)
    on conflict (job) do update set key = excluded.key, parts = excluded.parts`
  db.run(sql, { job, key, parts: JSON.stringify(parts) })
}

/** What a job's key was made of; of a reused job, what its original's was made of, which is the same. */
export function getReuseParts(
  db: Db,
  job: string,
): { readonly key: string; readonly parts: readonly ReusePart[] } | undefined {
  const sql = `
    select key, parts from reuse_part
     where job = coalesce((select reused_from from job where name = :job), :job)`
  const row = db.get<{ key: string; parts: string }>(sql, { job })
  return row && { key: row.key, parts: JSON.parse(row.parts) }
}

export function getReuseKey(db: Db, job: string): string | undefined {
  const sql = 'select key from reuse_part where job = :job'
  return db.get<{ key: string }>(sql, { job })?.key
}

const LAST_OF_EACH_STEP = `
  select step, type, name from (
    select step, type, name, row_number() over (
        partition by step, type
        order by experiment = :experiment desc, reused_from is null desc, created_ms desc) as place
      from reuse_part join job on job.name = reuse_part.job
     where root <> :root and created_ms <= :untilMs)
   where place = 1`

/**
 * Finds of each step the last job before a submission: one that has a reuse key, of the same experiment if there is
 * one. Reads all jobs once, however many steps are asked for.
 */
export function lastOfEachStep(
  db: Db,
  submission: { readonly root: string; readonly experiment: string; readonly untilMs: number },
): (job: { readonly step: string; readonly type: string }) => string | undefined {
  const rows = db.all<{ step: string; type: string; name: string }>(LAST_OF_EACH_STEP, submission)
  const names = new Map(rows.map(({ step, type, name }) => [`${type} ${step}`, name]))
  return ({ step, type }) => names.get(`${type} ${step}`)
}
