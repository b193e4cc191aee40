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
