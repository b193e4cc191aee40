import { AmletError } from '../../core/errors.ts'
import { STATUSES } from '../../core/lifecycle/status.ts'
import { asMapping } from '../../core/mapping.ts'
import type { Db } from '../../store/db.ts'
import {
  countJobs,
  type JobFilter,
  type JobRow,
  listJobEvents,
  listJobs,
  updateJob,
} from '../../store/jobs.ts'
import { type Fields, JsonText, type Route, route, type Values } from '../route.ts'
import type { Services } from '../services.ts'
import { findJob } from './find-job.ts'
import { listOutputs } from './job-outputs.ts'
import { toIso, toJobView } from './job-view.ts'
import { toWholeView } from './step-view.ts'
import { UPDATE_FIELDS, updateEntity } from './update.ts'

const LIST_QUERY = {
  parent_job_name: {
    type: 'string',
    doc: 'Lists the children of this job instead of top-level jobs',
  },
  max_results: { type: 'integer', doc: 'At most so many' },
  skip: { type: 'integer', doc: 'Leaves out so many at the start' },
  include_archived: { type: 'boolean', doc: 'Archived jobs too' },
  archived_only: { type: 'boolean', doc: 'Archived jobs alone' },
  status: { type: 'string', enum: STATUSES, doc: 'Only jobs of this status' },
  experiment_name: { type: 'string', doc: 'Only jobs of this experiment' },
  type: { type: 'string', doc: 'Only jobs of this type' },
  brief: { type: 'boolean', doc: 'Leaves out what their YAML says: inputs, steps, command' },
} as const satisfies Fields

/** Operations that read jobs and change what people may change of them. */
export function jobRoutes(services: Services): Route[] {
  return [...readRoutes(services), ...changeRoutes(services)]
}

function readRoutes(services: Services): Route[] {
  const { db } = services
  return [
    route({
      method: 'GET',
      path: '/jobs',
      summary: 'Top-level jobs, the newest first, or the children of one in the order of its file',
      query: LIST_QUERY,
      handler: ({ query }) => list(services, query),
    }),
    route({
      method: 'GET',
      path: '/jobs/{name}',
      summary: 'A job: the entity it runs from, and how it is now',
      handler: ({ params }) => toWholeView(services, findJob(db, params['name'] ?? '')),
    }),
    route({
      method: 'GET',
      path: '/jobs/{name}/children',
      summary: 'The children of a job, in the order of its file',
      handler: ({ params }) => {
        const { name } = findJob(db, params['name'] ?? '')
        return {
          value: listJobs(db, { parent: name, archived: 'all' }).map((job) => child(services, job)),
        }
      },
    }),
    route({
      method: 'GET',
      path: '/jobs/{name}/outputs',
      summary: 'The outputs of a job and of all below it, and where they are',
      handler: ({ params }) => ({
        value: listOutputs(services, findJob(db, params['name'] ?? '')),
      }),
    }),
    route({
      method: 'GET',
      path: '/jobs/{name}/events',
      summary: 'What happened to a job, in order',
      handler: ({ params }) => {
        const { name } = findJob(db, params['name'] ?? '')
        return { value: listJobEvents(db, name).map(toEvent) }
      },
    }),
  ]
}

function toEvent({ seq, atMs, event }: ReturnType<typeof listJobEvents>[number]) {
  const { type, ...data } = event
  return { seq, type, at: toIso(atMs), at_ms: atMs, data }
}

function child(services: Services, job: JobRow): Record<string, unknown> {
  return { ...toJobView(services, job), step: job.step }
}

function list(services: Services, query: Values<typeof LIST_QUERY>): JsonText {
  const { db } = services
  if (query.archived_only && query.include_archived)
    throw new AmletError({
      code: 'UsageError',
      message: 'archived_only and include_archived cannot be given together',
      hint: 'choose one of the two',
    })
  const parent = query.parent_job_name
  const filter: JobFilter = {
    parent: parent === undefined ? undefined : findJob(db, parent).name,
    archived: query.archived_only ? 'archived' : query.include_archived ? 'all' : 'active',
    experiment: query.experiment_name,
    type: query.type,
    status: query.status,
    max: query.max_results,
    skip: query.skip,
    isBrief: query.brief,
  }
  const view = (job: JobRow) => {
    const row = toJobView(services, job, { isBrief: query.brief })
    return parent === undefined ? row : { ...row, step: job.step }
  }
  const value = pagesOf(db, filter).map((page) => page.map(view))
  return JsonText.ofPages(value, { total: countJobs(db, filter) })
}

const PAGE = 1_000

/** What a filter finds, page by page: ten thousand jobs at once would fill the memory of the server. */
function* pagesOf(db: Db, filter: JobFilter): Generator<JobRow[]> {
  const { max = Number.MAX_SAFE_INTEGER, skip = 0 } = filter
  for (let at = 0; at < max; at += PAGE) {
    const page = listJobs(db, { ...filter, max: Math.min(PAGE, max - at), skip: skip + at })
    yield page
    if (page.length < PAGE) return
  }
}

function changeRoutes(services: Services): Route[] {
  const { db, engine } = services
  return [
    route({
      method: 'POST',
      path: '/jobs/{name}/cancel',
      summary: 'Asks for the end of a job and of all below it',
      body: { reason: { type: 'string', doc: 'What the job will say about its end' } },
      handler: ({ params, body }) => {
        const { name } = findJob(db, params['name'] ?? '')
        return toJobView(services, engine.cancel(name, body.reason))
      },
    }),
    route({
      method: 'POST',
      path: '/jobs/{name}/archive',
      summary: 'Leaves a job out of lists',
      handler: ({ params }) => change(services, params['name'] ?? '', { archived: true }),
    }),
    route({
      method: 'POST',
      path: '/jobs/{name}/restore',
      summary: 'Brings an archived job back into lists',
      handler: ({ params }) => change(services, params['name'] ?? '', { archived: false }),
    }),
    route({
      method: 'PATCH',
      path: '/jobs/{name}',
      summary: 'Changes display name, description, experiment, tags or properties',
      body: UPDATE_FIELDS,
      handler: async ({ params, body }) => {
        const job = findJob(db, params['name'] ?? '')
        const now = toJobView(services, job)
        const after = await updateEntity(now, body, JOB_UPDATABLE)
        return change(services, job.name, {
          displayName: after['display_name'] as string,
          description: (after['description'] as string | undefined) ?? null,
          experiment: after['experiment_name'] as string,
          tags: toTexts(after['tags']),
          properties: toTexts(after['properties']),
        })
      },
    }),
  ]
}

const JOB_UPDATABLE = ['display_name', 'description', 'experiment_name', 'tags', 'properties']

function change(
  services: Services,
  name: string,
  changes: Parameters<typeof updateJob>[2],
): Record<string, unknown> {
  const { db } = services
  const job = findJob(db, name)
  updateJob(db, job.name, changes)
  services.changes.notify()
  return toJobView(services, findJob(db, job.name))
}

/** Tags and properties are texts, whatever was typed. */
function toTexts(value: unknown): Record<string, string> {
  const entries = Object.entries(asMapping(value))
  const toText = (item: unknown) => (typeof item === 'string' ? item : JSON.stringify(item ?? null))
  return Object.fromEntries(entries.map(([name, item]) => [name, toText(item)]))
}
