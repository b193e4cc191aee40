import { hash, randomInt } from 'node:crypto'
import path from 'node:path'
import { LOCAL_COMPUTE } from '../../assets/computes.ts'
import { DEFAULT_DATASTORE_NAME } from '../../assets/datastores.ts'
import type { PinnedJob } from '../../assets/pin-job.ts'
import type { SourceLookup } from '../../assets/pinner.ts'
import type { BytesUse } from '../../assets/upload.ts'
import { readComputeSizes } from '../../core/compute/sizes.ts'
import type { JobEntity, PipelineJob } from '../../core/entity.ts'
import { MACHINE_ENVIRONMENT } from '../../core/environment/machine.ts'
import {
  environmentProblems,
  environmentSubstitutions,
} from '../../core/environment/substitutions.ts'
import { type Diagnostic, throwOnErrors } from '../../core/errors.ts'
import { makeJobName } from '../../core/job-name.ts'
import { type Plan, planJob } from '../../core/plan/plan-job.ts'
import type { ResolvedAssets, ResolvedComputes } from '../../core/plan/resolved.ts'
import type { SubmitOptions } from '../../engine/submission.ts'
import type { Progress } from '../../files/progress.ts'
import { recordAssetUses } from '../../store/asset-uses.ts'
import { listComputes } from '../../store/computes.ts'
import type { Db } from '../../store/db.ts'
import type { JobRow } from '../../store/jobs.ts'
import type { ScheduleRow } from '../../store/schedules.ts'
import { readSetting } from '../../store/settings.ts'
import type { Services } from '../services.ts'
import { withFreshOutputs } from './fresh-outputs.ts'

export interface Submission {
  readonly entity: JobEntity
  readonly sources: SourceLookup
  /** Names the experiment where the job names none, as Azure does: the folder it was submitted from. */
  readonly cwd: string
  readonly strict: boolean
  readonly git?: Readonly<Record<string, string>>
  /** Runs everything in the machine's own Python. */
  readonly environment?: 'machine'
  readonly progress?: Progress | undefined
}

export interface Planned {
  readonly plan: Plan
  readonly pinned: PinnedJob
  /** Substitutions and other things to know, one line each. */
  readonly warnings: readonly Diagnostic[]
}

/**
 * Pins and plans a job without recording it.
 *
 * @param bytes what becomes of local files; problems of references are found in any case.
 * @throws AmletError with every problem, each with its place in the file.
 */
export async function planSubmission(
  services: Services,
  submission: Submission,
  bytes: BytesUse,
): Promise<Planned> {
  const { assets, db } = services
  const { sources, strict, git, progress } = submission
  const entity = withFreshOutputs(db, withGit(submission.entity, git))
  const pinned = await assets.pinJob(entity, { sources, strict, bytes, progress })
  const compute = assets.resolveCompute(undefined, strict)
  const computes = readComputes(db, { fallback: compute.name, machine: await services.machine() })
  const pinnedTo =
    submission.environment === 'machine' ? onMachine(pinned.resolved) : pinned.resolved
  const resolved = { ...pinnedTo, computes }
  const plan = planJob(pinned.entity, resolved, {
    name: entity.name ?? makeJobName((below) => randomInt(below)),
    experiment: path.basename(submission.cwd) || 'Default',
    compute: compute.name,
    datastore: readSetting(db, 'default_datastore') ?? DEFAULT_DATASTORE_NAME,
    hash: (text) => hash('sha256', text),
  })
  const diagnostics = plan.diagnostics.map((found) => located(found, sources))
  throwOnErrors(
    environmentProblems(resolved.environments.values()).map((found) => ({
      ...found,
      source: found.source ?? sources.get('environment.build') ?? sources.get('environment'),
    })),
  )
  const substituted = environmentSubstitutions(resolved.environments.values())
  if (strict) throwOnErrors(substituted.map(({ severity: _severity, ...error }) => error))
  const warnings = [...pinned.warnings, ...substituted, ...diagnostics.filter(isWarning)]
  return { plan: { ...plan, diagnostics }, pinned, warnings }
}

/** Pins, plans and starts a job. */
export async function submitJob(
  services: Services,
  submission: Submission,
  options: SubmitOptions = {},
): Promise<{ readonly job: JobRow; readonly warnings: readonly Diagnostic[] }> {
  const { plan, pinned, warnings } = await planSubmission(services, submission, 'store')
  const { db, engine } = services
  const root = plan.jobs[0]?.name ?? ''
  const alongside = () => recordAssetUses(db, root, pinned.uses)
  return { job: engine.submit(plan, { ...options, alongside }), warnings }
}

/** Definitions were checked when they were made; one of an earlier version may still hold a problem. */
function readComputes(
  db: Db,
  facts: Pick<ResolvedComputes, 'fallback' | 'machine'>,
): ResolvedComputes {
  const local = listComputes(db).filter(({ type }) => type === LOCAL_COMPUTE)
  const sizes = local.map(
    ({ name, entity }) =>
      [name.toLowerCase(), readComputeSizes({ ...entity, name }).sizes] as const,
  )
  return { ...facts, sizes: new Map(sizes) }
}

/** Every environment is the machine's own, which is one and the same for all jobs. */
function onMachine(resolved: ResolvedAssets): ResolvedAssets {
  const environments = [...resolved.environments].map(
    ([name, environment]) => [name, { ...environment, digest: MACHINE_ENVIRONMENT }] as const,
  )
  return { ...resolved, environments: new Map(environments) }
}

/** What was known of the caller's git checkout goes where Azure's client puts it. */
function withGit(entity: JobEntity, git: Readonly<Record<string, string>> | undefined): JobEntity {
  if (git === undefined) return entity
  return { ...entity, properties: { ...git, ...entity.properties } }
}

/** The planner knows YAML paths; the file knows where they stand. */
function located(found: Diagnostic, sources: SourceLookup): Diagnostic {
  const source = found.source?.path === undefined ? undefined : sources.get(found.source.path)
  return source === undefined ? found : { ...found, source }
}

const isWarning = ({ severity }: Diagnostic) => severity === 'warning'

/** Submits the job of a schedule under that name. Its steps are never reused: a schedule is there to run them. */
export async function submitScheduled(
  services: Services,
  schedule: ScheduleRow,
  name: string,
): Promise<void> {
  const job = schedule.entity['create_job'] as JobEntity
  const properties = { ...job.properties, 'azureml.schedule': schedule.name }
  const entity = { ...job, name, properties, ...withoutReuse(job) } as JobEntity
  const sources = { get: () => undefined }
  await submitJob(services, { entity, sources, cwd: schedule.name, strict: false })
}

function withoutReuse(job: JobEntity): Partial<PipelineJob> {
  return job.type === 'pipeline' ? { settings: { ...job.settings, force_rerun: true } } : {}
}
