import type { InputSource, JobPlan, ReusePart } from '../../core/plan/job-plan.ts'
import { differingParts } from '../../core/plan/reuse-key.ts'
import type { Db } from '../../store/db.ts'
import { getReuseParts, lastOfEachStep } from '../../store/reuse.ts'
import type { Services } from '../services.ts'
import { planSubmission, type Submission } from './submit.ts'

/** One job of a submission that was not made. */
interface PlannedJobView {
  /** Dotted path below the root; `''` for the job itself. */
  readonly step: string
  readonly type: string
  readonly component: string
  readonly compute: string
  /** Steps that it waits for. */
  readonly needs: readonly string[]
  /** The job whose results it would take over. */
  readonly reuse: string | null
  /** Why, in one sentence. */
  readonly reason: string
  readonly command?: string | undefined
  readonly environment?: { readonly id: string; readonly state: 'ready' | 'to be built' }
  /** Each input: its text, or where its bytes come from. */
  readonly inputs: Readonly<Record<string, string | null>>
  readonly outputs: Readonly<Record<string, string>>
}

/** What a submission would do. Nothing is run or stored. */
export async function showPlan(services: Services, submission: Submission): Promise<object> {
  const { plan, warnings } = await planSubmission(services, submission, 'hash')
  const { reused, parts } = services.previewReuse(plan.jobs)
  const [root] = plan.jobs
  const steps = new Map(plan.jobs.map(({ name, step }) => [name, step]))
  const lastOf = lastOfEachStep(services.db, {
    root: root?.name ?? '',
    experiment: root?.experiment ?? '',
    untilMs: Date.now(),
  })
  const jobs: PlannedJobView[] = []
  for (const job of plan.jobs) {
    const reuse = reused.get(job.name) ?? null
    const environment = await environmentOf(services, job)
    jobs.push({
      step: job.step,
      type: job.type,
      component: job.displayName,
      compute: job.compute,
      needs: job.needs.map((need) => steps.get(need) ?? need),
      reuse,
      reason: reuse === null ? whyItRuns(services.db, job, { lastOf, reused, parts }) : SAME,
      command: job.process?.command,
      ...(environment && { environment }),
      inputs: Object.fromEntries(
        job.inputs.map(({ name, source }) => [name, shown(source, steps)]),
      ),
      outputs: Object.fromEntries(job.outputs.map(({ name, uri }) => [name, uri])),
    })
  }
  return { name: root?.name, warnings, jobs }
}

const SAME = 'everything that decides its result is as in that job'

async function environmentOf({ isReady }: Services, { process }: JobPlan) {
  if (process === undefined) return undefined
  const isBuilt = await isReady(process.environment)
  return { id: process.environment.id, state: isBuilt ? 'ready' : 'to be built' } as const
}

function shown(source: InputSource, steps: ReadonlyMap<string, string>): string | null {
  switch (source.from) {
    case 'literal':
      return source.text
    case 'data':
      return `${source.data.uri}${source.subpath ?? ''}`
    case 'output':
      return `output ${source.output} of ${steps.get(source.job) ?? source.job}${source.subpath ?? ''}`
    case 'nothing':
      return null
  }
}

interface Known {
  readonly lastOf: (job: JobPlan) => string | undefined
  readonly reused: ReadonlyMap<string, string>
  readonly parts: ReadonlyMap<string, readonly ReusePart[]>
}

function whyItRuns(db: Db, job: JobPlan, { lastOf, reused, parts }: Known): string {
  if (job.parent === null) return 'a job that is no step of a pipeline always runs'
  const own = parts.get(job.name)
  if (own === undefined) return 'it runs other jobs'
  if (!job.isReusable)
    return 'reuse is switched off for it: force_rerun, or is_deterministic: false'
  const waits = job.needs.find((need) => !reused.has(need))
  if (waits !== undefined) return `it reads what ${waits.slice(job.root.length + 1)} makes anew`
  const before = lastOf(job)
  const theirs = before === undefined ? undefined : getReuseParts(db, before)
  if (before === undefined || theirs === undefined) return 'no earlier job is like it'
  const [first, ...rest] = differingParts(theirs.parts, own)
  if (first === undefined)
    return `nothing differs from ${before}, but its outputs are gone, or it did not complete`
  return `${first.name} differs from ${before}${rest.length === 0 ? '' : `, and ${rest.length} more`}`
}
