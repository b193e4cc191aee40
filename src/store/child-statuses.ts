import type { JobStatus } from '../core/lifecycle/status.ts'
import type { Db } from './db.ts'

/** Name and status of each child of a job: quick, also of a thousand. */
export function listChildStatuses(
  db: Db,
  parent: string,
): { readonly name: string; readonly status: JobStatus }[] {
  return db.all('select name, status from job where parent = :parent order by position', { parent })
}
