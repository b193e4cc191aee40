import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { AmletError } from '../../core/errors.ts'
import { differingParts } from '../../core/plan/reuse-key.ts'
import type { Db } from '../../store/db.ts'
import { getJob, type JobRow, listJobs } from '../../store/jobs.ts'
import { getPlan } from '../../store/plans.ts'
import { getReuseParts, lastOfEachStep } from '../../store/reuse.ts'
import { type Route, route } from '../route.ts'
import type { Services } from '../services.ts'
import { findJob } from './find-job.ts'
import { filesBelow } from './folder-files.ts'

/** Why one job was reused, or was not. */
interface Explanation {
  readonly name: string
  readonly step: string
  readonly status: string
  readonly reused_from: string | null
  /** The job it was compared with. */
  readonly against: string | null
  /** One sentence. */
  readonly reason: string
  readonly differences?: readonly Difference[]
}

interface Difference {
  readonly part: string
  readonly before?: string
  readonly after?: string
  /** Of `code`: paths that were added, removed or changed. */
  readonly files?: readonly string[]
}

/** Says why steps were reused or ran. */
export function jobReuseRoutes(services: Services): Route[] {
  return [
    route({
      method: 'GET',
      path: '/jobs/{name}/explain-reuse',
      summary:
        'Why a job, or each step of a pipeline, was reused or was not: the first differing part, by name',
      query: {
        against: { type: 'string', doc: 'Another job to compare with; else the last one alike' },
      },
      handler: async ({ params, query }) => {
        const { db } = services
        const job = findJob(db, params['name'] ?? '')
        const against = query.against === undefined ? undefined : findJob(db, query.against)
        const children = listJobs(db, { parent: job.name, archived: 'all' })
        const earlier = lastOfEachStep(db, {
          root: job.root,
          experiment: job.experiment,
          untilMs: job.createdMs,
        })
        if (children.length === 0) return explain(db, job, { given: against, earlier })
        const twins = new Map(
          against &&
            listJobs(db, { parent: against.name, archived: 'all' }).map((twin) => [
              lastStep(twin),
              twin,
            ]),
        )
        const value: Explanation[] = []
        for (const child of children)
          value.push(await explain(db, child, { given: twins.get(lastStep(child)), earlier }))
        return { value }
      },
    }),
  ]
}

const lastStep = ({ step }: JobRow) => step.split('.').at(-1) ?? step

/** What a job is compared with: what the caller named, else the last job at the same step. */
interface Others {
  readonly given: JobRow | undefined
  readonly earlier: (job: JobRow) => string | undefined
}

async function explain(db: Db, job: JobRow, { given, earlier }: Others): Promise<Explanation> {
  const facts = { name: job.name, step: job.step, status: job.status, reused_from: job.reusedFrom }
  if (job.reusedFrom !== null && given === undefined) {
    const reason = `everything that decides its result is as in ${job.reusedFrom}`
    return { ...facts, against: job.reusedFrom, reason }
  }
  const own = getReuseParts(db, job.name)
  if (own === undefined) return { ...facts, against: null, reason: whyNever(db, job) }
  const other = given ?? getJob(db, earlier(job) ?? '')
  if (other === undefined)
    return {
      ...facts,
      against: null,
      reason: 'no earlier job is like it: it ran for the first time',
    }
  const theirs = getReuseParts(db, other.name)
  if (theirs === undefined)
    throw new AmletError({
      code: 'InvalidState',
      message: `job ${other.name} has nothing to compare: ${whyNever(db, other)}`,
    })
  const differences: Difference[] = []
  for (const { name, ...values } of differingParts(theirs.parts, own.parts)) {
    const files = name === 'code' ? await changedFiles(db, other, job) : undefined
    differences.push({ part: name, ...values, ...(files && { files }) })
  }
  return {
    ...facts,
    against: other.name,
    reason: toReason(db, job, { other, differences }),
    differences,
  }
}

function whyNever(db: Db, job: JobRow): string {
  if (job.parent === null) return 'a job that is no step of a pipeline always runs'
  return getPlan(db, job.name)?.isReusable === false ? SWITCHED_OFF : 'it runs other jobs'
}

const SWITCHED_OFF = 'reuse is switched off for it: force_rerun, or is_deterministic: false'

function toReason(
  db: Db,
  job: JobRow,
  { other, differences }: { readonly other: JobRow; readonly differences: readonly Difference[] },
): string {
  const [first, ...rest] = differences
  if (first !== undefined) {
    const files = first.files?.length ? ` (${first.files.slice(0, 3).join(', ')})` : ''
    const more = rest.length === 0 ? '' : `, and ${rest.length} more`
    return `${first.part} differs from ${other.name}${files}${more}`
  }
  if (job.reusedFrom !== null) return `everything that decides its result is as in ${other.name}`
  if (job.parent === null) return `nothing differs from ${other.name}; ${whyNever(db, job)}`
  if (getPlan(db, job.name)?.isReusable === false)
    return `nothing differs from ${other.name}; ${SWITCHED_OFF}`
  return other.status === 'Completed'
    ? `nothing differs from ${other.name}, but it had not completed when this one was submitted, or its outputs are gone`
    : `nothing differs from ${other.name}, but that one is ${other.status}`
}

async function changedFiles(db: Db, before: JobRow, after: JobRow): Promise<string[]> {
  const old = await codeFiles(db, before)
  const now = await codeFiles(db, after)
  const names = [...new Set([...old.keys(), ...now.keys()])].sort()
  const changed: string[] = []
  for (const name of names) if (!(await isSame(old.get(name), now.get(name)))) changed.push(name)
  return changed
}

async function isSame(left: string | undefined, right: string | undefined): Promise<boolean> {
  if (left === undefined || right === undefined) return false
  const [{ size }, other] = await Promise.all([stat(left), stat(right)])
  if (size !== other.size) return false
  const [bytes, others] = await Promise.all([readFile(left), readFile(right)])
  return bytes.equals(others)
}

/** Path below the code folder → absolute path. */
async function codeFiles(db: Db, job: JobRow): Promise<Map<string, string>> {
  const folder = getPlan(db, job.reusedFrom ?? job.name)?.process?.code?.localPath
  if (folder === undefined) return new Map()
  const names = await filesBelow(folder)
  return new Map(names.map((name) => [name, path.join(folder, name)]))
}
