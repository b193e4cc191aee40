import type { JobStatus } from '../core/lifecycle/status.ts'
import type { Db } from './db.ts'

/** How many jobs have not ended, by status; only statuses that occur. */
export function countOpenJobs(db: Db): Record<string, number> {
  const sql = 'select status, count(*) as n from job where ended_ms is null group by status'
  return toCounts(db.all<StatusCount>(sql))
}

/** How many children a job has, by status; only statuses that occur. */
export function countChildren(db: Db, parent: string): Record<string, number> {
  const sql = 'select status, count(*) as n from job where parent = :parent group by status'
  return toCounts(db.all<StatusCount>(sql, { parent }))
}

interface StatusCount {
  status: string
  n: number
}

function toCounts(rows: readonly StatusCount[]): Record<string, number> {
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]))
}

/** The top of a job's tree; undefined when there is no such job. */
export function getJobRoot(db: Db, name: string): string | undefined {
  return db.get<{ root: string }>('select root from job where name = :name', { name })?.root
}

/** The attempt of a job that counts; undefined when it has none, or there is no such job. */
export function getCurrentAttempt(db: Db, name: string): string | undefined {
  const row = db.get<{ attempt: string | null }>('select attempt from job where name = :name', {
    name,
  })
  return row?.attempt ?? undefined
}

/** Name and status of each child of a job: quick, also of a thousand. */
export function listChildStatuses(
  db: Db,
  parent: string,
): { readonly name: string; readonly status: JobStatus }[] {
  return db.all('select name, status from job where parent = :parent order by position', { parent })
}

/** Names of the jobs whose processes run on a compute now. */
export function listRunningOn(db: Db, compute: string): string[] {
  const sql = `select name from job where ${RUNS_A_PROCESS} and compute = :compute`
  return db.all<{ name: string }>(sql, { compute }).map(({ name }) => name)
}

/** How many jobs' processes run now. */
export function countRunning(db: Db): number {
  const sql = `select count(*) as n from job where ${RUNS_A_PROCESS}`
  return db.get<{ n: number }>(sql)?.n ?? 0
}

/** `ended_ms` for the index of open jobs. */
const RUNS_A_PROCESS = `ended_ms is null and status = 'Running' and type <> 'pipeline'`
