import {
  isSystemTag,
  type JobFacts,
  lifecycleOfJob,
  runStatusOfJob,
  systemTagsOfJob,
} from '../../core/mlflow/job-status.ts'
import { ensureExperiment } from './experiments.ts'
import { findRun, insertRun, putRunTag, type RunRow } from './runs.ts'
import type { Scope } from './tracking.ts'

const PROGRESS = 'jobs'

/** The last change of a job that the runs show. */
export function readJobProgress(scope: Scope): number {
  return (
    scope.db.get<{ value: number }>('select value from progress where name = :name', {
      name: PROGRESS,
    })?.value ?? 0
  )
}

/**
 * Makes the runs of these jobs what the jobs are now. Doing it again changes nothing, so a crash between the two
 * databases does no harm.
 */
export function projectJobs(
  scope: Scope,
  jobs: readonly JobFacts[],
  { owner, changeId }: { readonly owner: string; readonly changeId: number },
): void {
  scope.db.transaction(() => {
    for (const job of jobs) projectJob(scope, job, owner)
    scope.db.run(
      `insert into progress (name, value) values (:name, :changeId)
       on conflict do update set value = excluded.value`,
      { name: PROGRESS, changeId },
    )
  })
}

function projectJob(scope: Scope, job: JobFacts, owner: string): void {
  const experiment = ensureExperiment(scope, job.experiment)
  const times = { startTime: job.startedMs ?? job.createdMs, endTime: job.endedMs }
  const status = runStatusOfJob(job.status)
  const known = findRun(scope, job.name)
  const run =
    known ??
    insertRun(scope, {
      runId: job.name,
      experiment,
      runName: job.displayName,
      userId: owner,
      status,
      ...times,
      isJob: true,
      tags: [],
    })
  if (run.experiment_no !== experiment.experiment_no) moveRun(scope, run, experiment.experiment_no)
  scope.db.run(
    `update run set status = :status, start_time = :startTime, end_time = :endTime, is_job = 1,
       lifecycle = coalesce(:lifecycle, lifecycle) where run_no = :runNo`,
    { status, ...times, lifecycle: lifecycleOfJob(job) ?? null, runNo: run.run_no },
  )
  const current = { ...run, experiment_no: experiment.experiment_no }
  projectTags(
    scope,
    current,
    new Map([...Object.entries(job.tags), ...systemTagsOfJob(job, owner)]),
  )
  scope.touched(run.run_no)
}

function projectTags(scope: Scope, run: RunRow, tags: ReadonlyMap<string, string>): void {
  const stored = scope.db.all<{ key: string; value: string }>(
    'select key, value from tag where run_no = :runNo',
    { runNo: run.run_no },
  )
  const before = new Map(stored.map(({ key, value }) => [key, value]))
  for (const [key, value] of tags) if (before.get(key) !== value) putRunTag(scope, run, key, value)
  for (const key of before.keys())
    if (!tags.has(key) && !isSystemTag(key))
      scope.db.run('delete from tag where run_no = :runNo and key = :key', {
        runNo: run.run_no,
        key,
      })
}

/** A job whose experiment was changed. Its files stay where they are: their folder bears the job's name. */
function moveRun(scope: Scope, run: RunRow, experimentNo: number): void {
  for (const table of ['run', 'latest_metric', 'param', 'tag'])
    scope.db.run(`update ${table} set experiment_no = :experimentNo where run_no = :runNo`, {
      experimentNo,
      runNo: run.run_no,
    })
}
