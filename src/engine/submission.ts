import { fold, type JobEvent, type JobState } from '../core/lifecycle/event.ts'
import type { JobPlan } from '../core/plan/job-plan.ts'
import { insertJobs, type NewJob } from '../store/jobs.ts'
import { recordReuseParts } from '../store/reuse.ts'
import type { LiveJob } from './live.ts'
import { findReuse, type Reuse } from './reuse.ts'
import type { Turn, World } from './turn.ts'

export interface SubmitOptions {
  /** Name of a job whose completed steps are taken over: `job resume`. */
  readonly resumes?: string
  /** Step of it that runs again all the same, by its dotted path. */
  readonly from?: string
  /** What else is to be written in the transaction of the submission. */
  readonly alongside?: () => void
}

/** Records planned jobs with their first state, those that can be reused as completed, and starts the others. */
export function insertPlans(
  world: World,
  turn: Turn,
  plans: readonly JobPlan[],
  options: SubmitOptions = {},
): void {
  const { deps, live } = world
  const reuse = findReuse(deps, plans, options)
  const first = plans[0]
  const known = first && live.get(first.root) ? live.treeOf(live.get(first.root) as LiveJob) : null
  const offset = known?.names().length ?? 0
  const jobs = plans.map((plan, i) => newJob(plan, offset + i, { reuse, atMs: turn.atMs }))
  insertJobs(deps.db, jobs)
  options.alongside?.()
  for (const [job, made] of reuse.keys)
    if (!reuse.reused.has(job)) recordReuseParts(deps.db, job, made)
  live.add(jobs.map(toLive))
  for (const { plan } of jobs) turn.changed.add(plan.name)
  begin(world, turn, jobs)
}

function begin(world: World, turn: Turn, jobs: readonly NewJob[]): void {
  const root = world.live.get(jobs[0]?.plan.name ?? '')
  if (root === undefined) return
  const names = jobs.map((job) => job.plan.name)
  turn.follow(world.live.treeOf(root).begin(names))
  const environments = new Map(
    jobs
      .filter((job) => job.state.endedMs === null)
      .flatMap(({ plan: { process } }) =>
        process === undefined ? [] : [[process.environment.digest, process.environment] as const],
      ),
  )
  turn.after.push(() => {
    for (const environment of environments.values()) world.builds.request(environment)
  })
}

interface Facts {
  readonly reuse: Reuse
  readonly atMs: number
}

function newJob(plan: JobPlan, position: number, { reuse, atMs }: Facts): NewJob {
  const reused = reuse.reused.get(plan.name)
  const events: JobEvent[] = [created(plan)]
  if (reused !== undefined)
    events.push({ type: 'reused', from: reused.job, outputs: reused.outputs })
  const state = events.reduce<JobState | undefined>((at, event) => fold(at, event, atMs), undefined)
  if (state === undefined) throw new Error('a job has at least one event')
  return { plan, position, state, events }
}

function created(plan: JobPlan): JobEvent {
  const isRoot = plan.parent === null
  const status =
    plan.type === 'pipeline' && isRoot ? 'Preparing' : isRoot ? 'Starting' : 'NotStarted'
  const reason = plan.needs.length === 0 ? null : waitReason(plan)
  return { type: 'created', status, reason, outputs: {} }
}

const SHOWN_NEEDS = 3

function waitReason({ needs, root }: JobPlan): string {
  const steps = needs.map((need) =>
    need.startsWith(`${root}-`) ? need.slice(root.length + 1) : need,
  )
  const more = steps.length > SHOWN_NEEDS ? ` and ${steps.length - SHOWN_NEEDS} more` : ''
  return `waits for ${steps.slice(0, SHOWN_NEEDS).join(', ')}${more}`
}

function toLive({ plan, state }: NewJob): LiveJob {
  const { name, type, root, parent, step, compute, needs, continueOnStepFailure } = plan
  return { name, type, root, parent, step, compute, needs, continueOnStepFailure, state }
}
