import { AmletError } from '../../core/errors.ts'
import { didYouMean } from '../../core/suggest.ts'
import { jobAtStep } from '../../store/asset-uses.ts'
import type { Db } from '../../store/db.ts'
import { getJob, type JobRow, listJobs } from '../../store/jobs.ts'

/** Names near enough to be what was meant are looked for among this many. */
const RECENT = 200

/**
 * A job by its name; `<root>.<step>` names a child by its place in the file.
 *
 * @throws AmletError `ResourceNotFound`
 */
export function findJob(db: Db, name: string): JobRow {
  const job = getJob(db, name) ?? findStep(db, name)
  if (job !== undefined) return job
  const near = didYouMean(
    name,
    listJobs(db, { max: RECENT }).map((known) => known.name),
  )
  throw new AmletError({
    code: 'ResourceNotFound',
    message: `there is no job "${name}"`,
    hint: near ?? 'amlet job list shows which there are',
  })
}

function findStep(db: Db, name: string): JobRow | undefined {
  const dot = name.indexOf('.')
  if (dot < 1) return undefined
  const found = jobAtStep(db, name.slice(0, dot), name.slice(dot + 1))
  return found === undefined ? undefined : getJob(db, found)
}
