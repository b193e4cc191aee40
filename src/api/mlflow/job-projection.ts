import { isSystemTag } from '../../core/mlflow/job-status.ts'
import type { Db } from '../../store/db.ts'
import { getJobRoot } from '../../store/job-views.ts'
import { getJob, jobsChangedSince, lastChangeId, updateJob } from '../../store/jobs.ts'
import { projectJobs, readJobProgress } from '../../store/tracking/job-runs.ts'
import type { Scope } from '../../store/tracking/tracking.ts'
import type { JobRuns } from './context.ts'

export interface JobProjectionOptions {
  /** amlet.db: the jobs are there and nowhere else. */
  readonly db: Db
  readonly scope: Scope
  /** Who jobs belong to. */
  readonly owner: string
  /** Called when a script changed a job, after the commit. */
  readonly onJobChanged: () => void
}

const PAGE = 500
/** Roots of jobs that are remembered: a job never gets another. */
const MOST_ROOTS = 10_000

/** Keeps the runs of jobs what the jobs are, and takes to the jobs what scripts change of their runs. */
export class JobProjection implements JobRuns {
  readonly #options: JobProjectionOptions
  readonly #roots = new Map<string, string>()
  #projected: number

  constructor(options: JobProjectionOptions) {
    this.#options = options
    this.#projected = readJobProgress(options.scope)
  }

  /** Brings the runs up to date. Costs one look at a counter when no job has changed. */
  refresh(): void {
    const { db, scope, owner } = this.#options
    while (this.#projected !== lastChangeId(db)) {
      const rows = jobsChangedSince(db, this.#projected, PAGE)
      const changeId = rows.at(-1)?.changeId ?? lastChangeId(db)
      projectJobs(scope, rows, { owner, changeId })
      this.#projected = changeId
    }
  }

  /** The top of the tree that a job was submitted in; the job itself when it is not known any more. */
  rootOf(jobName: string): string {
    const known = this.#roots.get(jobName)
    if (known !== undefined) return known
    const root = getJobRoot(this.#options.db, jobName) ?? jobName
    if (this.#roots.size >= MOST_ROOTS) this.#roots.clear()
    this.#roots.set(jobName, root)
    return root
  }

  changeTags(jobName: string, changes: ReadonlyMap<string, string | null>): void {
    const displayName = changes.get('mlflow.runName') ?? undefined
    const own = [...changes].filter(([key]) => !isSystemTag(key))
    const job = own.length === 0 ? undefined : getJob(this.#options.db, jobName)
    const tags = job && changedTags(job.tags, own)
    if (displayName !== undefined || tags !== undefined)
      this.#change(jobName, { displayName, tags })
  }

  setDisplayName(jobName: string, displayName: string): void {
    this.#change(jobName, { displayName })
  }

  setArchived(jobNames: readonly string[], archived: boolean): void {
    this.#options.db.transaction(() => {
      for (const jobName of jobNames) this.#change(jobName, { archived })
    })
  }

  #change(jobName: string, changes: Parameters<typeof updateJob>[2]): void {
    updateJob(this.#options.db, jobName, changes)
    setImmediate(this.#options.onJobChanged)
  }
}

function changedTags(
  tags: Readonly<Record<string, string>>,
  changes: readonly (readonly [string, string | null])[],
): Readonly<Record<string, string>> {
  const changed = new Map(Object.entries(tags))
  for (const [key, value] of changes)
    if (value === null) changed.delete(key)
    else changed.set(key, value)
  return Object.fromEntries(changed)
}
