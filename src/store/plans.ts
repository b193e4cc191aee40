import type { JobPlan, PlannedOutput } from '../core/plan/job-plan.ts'
import type { ResolvedEnvironment } from '../core/plan/resolved.ts'
import type { Db } from './db.ts'

const INSERT_PLAN = `
  insert into job_plan (job, needs, entity, plan) values (?, ?, ?, ?)`
const INSERT_ENVIRONMENT = `
  insert into plan_environment (digest, environment) values (:digest, :environment)
  on conflict do nothing`

/** Keeps what jobs run from. Steps share few environments, and each is long: a plan holds its digest. */
export function insertPlans(db: Db, plans: readonly JobPlan[]): void {
  const environments = new Map<string, ResolvedEnvironment>()
  for (const { entity, needs, reuseParts: _, process, ...plan } of plans) {
    if (process !== undefined) environments.set(process.environment.digest, process.environment)
    db.run(INSERT_PLAN, [
      plan.name,
      JSON.stringify(needs),
      JSON.stringify(entity),
      JSON.stringify({ ...plan, process: process && withoutEnvironment(process) }),
    ])
  }
  for (const [digest, environment] of environments)
    db.run(INSERT_ENVIRONMENT, { digest, environment: JSON.stringify(environment) })
}

function withoutEnvironment(process: NonNullable<JobPlan['process']>) {
  return { ...process, environment: { digest: process.environment.digest } }
}

/** What the job runs from. The parts of its reuse key are kept apart, see `getReuseParts`. */
export function getPlan(db: Db, job: string): JobPlan | undefined {
  const sql = 'select needs, entity, plan from job_plan where job = :job'
  const row = db.get<{ needs: string; entity: string; plan: string }>(sql, { job })
  if (row === undefined) return undefined
  const plan = JSON.parse(row.plan)
  const environment = plan.process && getEnvironment(db, plan.process.environment.digest)
  if (environment !== undefined) plan.process.environment = environment
  return {
    ...plan,
    needs: JSON.parse(row.needs),
    entity: JSON.parse(row.entity),
    reuseParts: [],
  }
}

/** Environments that were read, by digest, which names one content for ever. */
const ENVIRONMENTS = new WeakMap<Db, Map<string, ResolvedEnvironment>>()
const MOST_ENVIRONMENTS = 100

function getEnvironment(db: Db, digest: string): ResolvedEnvironment | undefined {
  const read = ENVIRONMENTS.get(db) ?? new Map<string, ResolvedEnvironment>()
  ENVIRONMENTS.set(db, read)
  const known = read.get(digest)
  if (known !== undefined) return known
  const sql = 'select environment from plan_environment where digest = :digest'
  const row = db.get<{ environment: string }>(sql, { digest })
  if (row === undefined) return undefined
  const environment = JSON.parse(row.environment) as ResolvedEnvironment
  if (read.size >= MOST_ENVIRONMENTS) read.clear()
  read.set(digest, environment)
  return environment
}

/** What the job is to write. */
export function getPlannedOutputs(db: Db, job: string): readonly PlannedOutput[] {
  const sql = `select plan -> '$.outputs' as outputs from job_plan where job = :job`
  const row = db.get<{ outputs: string }>(sql, { job })
  return row === undefined ? [] : JSON.parse(row.outputs)
}

/** The time limit of a pipeline or a controlled job. */
export function getTimeoutSeconds(db: Db, job: string): number | undefined {
  const sql = `select plan ->> '$.timeoutSeconds' as seconds from job_plan where job = :job`
  return db.get<{ seconds: number | null }>(sql, { job })?.seconds ?? undefined
}
