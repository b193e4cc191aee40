import type { JobState } from '../core/lifecycle/event.ts'
import { JobTree } from '../core/lifecycle/job-tree.ts'
import { isTerminal } from '../core/lifecycle/status.ts'
import type { JobType } from '../core/plan/job-plan.ts'
import type { Db } from '../store/db.ts'
import { type JobRow, listOpenTrees } from '../store/jobs.ts'

/** What is kept in memory of a job whose tree is not done. */
export interface LiveJob {
  readonly name: string
  readonly type: JobType
  readonly root: string
  readonly parent: string | null
  readonly step: string
  readonly compute: string
  readonly needs: readonly string[]
  readonly continueOnStepFailure: boolean
  state: JobState
}

/** The jobs that can still change, in memory. The tables say the same: `load` reads it all back. */
export class LiveJobs {
  readonly #jobs = new Map<string, LiveJob>()
  readonly #trees = new Map<string, JobTree>()
  readonly #byAttempt = new Map<string, LiveJob>()

  /** Forgets everything and reads the tables. */
  load(db: Db): void {
    this.#jobs.clear()
    this.#trees.clear()
    this.#byAttempt.clear()
    const trees = Map.groupBy(listOpenTrees(db).map(fromRow), ({ root }) => root)
    for (const jobs of trees.values()) this.add(jobs)
  }

  /** Adds jobs of one root, parents first. */
  add(jobs: readonly LiveJob[]): void {
    for (const job of jobs) this.#jobs.set(job.name, job)
    const [first] = jobs
    if (first === undefined) return
    const nodes = jobs.map((job) => ({
      ...job,
      isPipeline: job.type === 'pipeline',
      status: job.state.status,
    }))
    const tree = this.#trees.get(first.root)
    if (tree === undefined) this.#trees.set(first.root, new JobTree(nodes))
    else tree.add(nodes)
    for (const job of jobs) this.#track(job)
  }

  get(name: string): LiveJob | undefined {
    return this.#jobs.get(name)
  }

  /** The job whose current attempt this is: nobody for an attempt that no longer counts. */
  ofAttempt(attempt: string): LiveJob | undefined {
    return this.#byAttempt.get(attempt)
  }

  treeOf(job: LiveJob): JobTree {
    const tree = this.#trees.get(job.root)
    if (tree === undefined) throw new Error(`job ${job.name} has no tree`)
    return tree
  }

  update(job: LiveJob, state: JobState): void {
    if (job.state.attempt !== null) this.#byAttempt.delete(job.state.attempt)
    job.state = state
    this.#track(job)
  }

  /** Forgets a root that has ended, with all below it. */
  dropTree(root: string): void {
    const tree = this.#trees.get(root)
    for (const name of tree?.names() ?? []) this.#jobs.delete(name)
    this.#trees.delete(root)
  }

  all(): IterableIterator<LiveJob> {
    return this.#jobs.values()
  }

  get size(): number {
    return this.#jobs.size
  }

  #track(job: LiveJob): void {
    const { attempt, status } = job.state
    if (attempt !== null && !isTerminal(status)) this.#byAttempt.set(attempt, job)
  }
}

function fromRow(row: JobRow & { needs: readonly string[]; continueOnStepFailure: boolean }) {
  const { name, type, root, parent, step, compute, needs, continueOnStepFailure } = row
  return {
    ...{ name, type, root, parent, step, compute, needs, continueOnStepFailure },
    state: stateOf(row),
  }
}

/** The part of a row that its events decide. */
export function stateOf(row: JobState): JobState {
  const { status, seq, reason, sinceMs, createdMs, startedMs, endedMs, outputs, error } = row
  const { attempt, attempts, losses, reusedFrom } = row
  return {
    ...{ status, seq, reason, sinceMs, createdMs, startedMs, endedMs, outputs, error },
    ...{ attempt, attempts, losses, reusedFrom },
  }
}
