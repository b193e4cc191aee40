import type { OutputRecord } from '../../core/lifecycle/event.ts'
import { asMapping } from '../../core/mapping.ts'
import type { JobSummary } from '../../core/wire.ts'
import { countChildren } from '../../store/job-views.ts'
import type { JobRow } from '../../store/jobs.ts'
import type { Services } from '../services.ts'
import { liveParts } from './job-live.ts'

/**
 * A job as `job show` prints it: the entity it runs from, and how it is now. A brief one, whose row has no whole
 * entity, leaves out what only the entity tells: trials of a sweep, progress of a parallel job.
 */
export function toJobView(
  services: Services,
  job: JobRow,
  { isBrief = false } = {},
): Record<string, unknown> {
  const { entity } = job
  const children = countChildren(services.db, job.name)
  const live = isBrief ? {} : liveParts(services, job)
  return dropAbsent({
    ...entity,
    name: job.name,
    id: jobId(services, job.name),
    type: job.type,
    compute: entity['compute'] ?? usedCompute(job),
    display_name: job.displayName,
    experiment_name: job.experiment,
    description: job.description ?? undefined,
    tags: withoutSystemTags(job.tags),
    properties: { ...job.properties, ...reuseProperties(job), ...bestChild(live) },
    status: job.status,
    reason: job.reason ?? undefined,
    error: job.error ?? undefined,
    parent_job_name: job.parent ?? undefined,
    reused_from: job.reusedFrom ?? undefined,
    outputs: toOutputs(entity['outputs'], job.outputs),
    creation_context: {
      created_at: toIso(job.createdMs),
      created_by: services.owner,
      created_by_type: 'User',
    },
    start_time: toIso(job.startedMs),
    end_time: toIso(job.endedMs),
    attempts: job.attempts > 1 ? job.attempts : undefined,
    children: Object.keys(children).length > 0 ? children : undefined,
    is_archived: job.archived || undefined,
    metrics: services.metrics.latestOf([job.name]).get(job.name),
    ...live,
    services: { ...asMapping(entity['services']), ...ownServices(services, job) },
  })
}

/** A job for who follows it and will not print it: without what it runs from, which may be megabytes. */
export function toBriefView(services: Services, job: JobRow): Record<string, unknown> {
  return dropAbsent({
    name: job.name,
    type: job.type,
    display_name: job.displayName,
    status: job.status,
    reason: job.reason ?? undefined,
    error: job.error ?? undefined,
    services: ownServices(services, job),
  })
}

const ownServices = ({ info }: Services, { name }: JobRow) => ({
  Studio: { endpoint: `${info.url}/jobs/${name}`, type: 'Studio' },
})

/** Where a job runs that does not say so itself. */
function usedCompute({ type, compute }: JobRow): string | undefined {
  return type === 'pipeline' || compute === '' ? undefined : `azureml:${compute}`
}

function jobId({ identity }: Services, name: string): string {
  const { subscriptionId, resourceGroup, workspace } = identity
  const provider = 'providers/Microsoft.MachineLearningServices/workspaces'
  return `azureml:/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/${provider}/${workspace}/jobs/${name}`
}

/** What a live tree needs of a job. `root` is the job that is watched: steps are told from there. */
export function toSummary(job: JobRow, root?: JobRow): JobSummary {
  return {
    name: job.name,
    parent: job.parent,
    step: stepBelow(job, root),
    display_name: job.displayName,
    type: job.type,
    status: job.status,
    reason: job.reason,
    since_ms: job.sinceMs,
    started_ms: job.startedMs,
    ended_ms: job.endedMs,
    reused_from: job.reusedFrom,
    compute: job.compute,
  }
}

/** Dotted path of a job below `root`, `''` for `root` itself. */
export function stepBelow(job: JobRow, root: JobRow | undefined): string {
  if (root === undefined || root.step === '') return job.step
  return job.name === root.name ? '' : job.step.slice(root.step.length + 1)
}

/** The declared outputs, each with where its bytes are and what they were registered as. */
function toOutputs(
  declared: unknown,
  records: Readonly<Record<string, OutputRecord>>,
): Record<string, unknown> {
  const outputs: Record<string, unknown> = { ...asMapping(declared) }
  for (const [name, record] of Object.entries(records))
    outputs[name] = dropAbsent({
      ...asMapping(outputs[name]),
      type: record.type,
      mode: record.mode ?? asMapping(outputs[name])['mode'] ?? 'rw_mount',
      path: record.uri,
      is_partial: record.is_partial,
      ...(record.asset === undefined
        ? {}
        : {
            name: record.asset.name,
            version: record.asset.version,
            asset_id: record.asset.id,
          }),
    })
  return outputs
}

/** Where Azure's clients look for a sweep's best trial. */
const bestChild = (live: Record<string, unknown>) =>
  typeof live['best_trial'] === 'string' ? { best_child_run_id: live['best_trial'] } : {}

/** As Azure marks a step that was not run. */
function reuseProperties({ reusedFrom }: JobRow): Record<string, string> {
  if (reusedFrom === null) return {}
  return { 'azureml.isreused': 'true', 'azureml.reusedrunid': reusedFrom }
}

/** Tags with these words are the service's own; Azure's client leaves them out. */
function withoutSystemTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  const isOwn = (name: string) => /_aml_system_|platform_config/.test(name)
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !isOwn(name)))
}

export function toIso(atMs: number | null): string | undefined {
  return atMs === null ? undefined : new Date(atMs).toISOString()
}

function dropAbsent(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined))
}
