import { AmletError } from '../core/errors.ts'
import type { Transition } from '../core/lifecycle/decide.ts'
import {
  EVENT_SCHEMA,
  type JobError,
  type JobEvent,
  type JobState,
  type Outputs,
} from '../core/lifecycle/event.ts'
import type { JobStatus } from '../core/lifecycle/status.ts'
import type { JobPlan } from '../core/plan/job-plan.ts'
import type { Db, Row, SqlValue } from './db.ts'
import { insertPlans } from './plans.ts'

/** A job as it is now. What it was made from is in its plan. */
export interface JobRow extends JobState {
  readonly name: string
  readonly parent: string | null
  readonly root: string
  /** Dotted path below the root, `''` for the root. */
  readonly step: string
  readonly type: JobPlan['type']
  /** Grows with every change of any job. */
  readonly changeId: number
  readonly experiment: string
  readonly displayName: string
  readonly description: string | null
  readonly compute: string
  readonly tags: Readonly<Record<string, string>>
  readonly properties: Readonly<Record<string, string>>
  readonly archived: boolean
  /** The pinned entity, without live fields. */
  readonly entity: Readonly<Record<string, unknown>>
}

export interface JobEventRow {
  readonly seq: number
  readonly atMs: number
  readonly event: JobEvent
}

/** A new job: its plan and its first state with the events that made it. */
export interface NewJob {
  readonly plan: JobPlan
  /** Place among the jobs of its tree, from 0. */
  readonly position: number
  readonly state: JobState
  readonly events: readonly JobEvent[]
}

const STATE_COLUMNS = `status, seq, change_id, reason, since_ms, created_ms, started_ms, ended_ms,
  attempt, attempts, losses, reused_from, outputs, error`
const STATE_VALUES = `:status, :seq, :changeId, :reason, :sinceMs, :createdMs, :startedMs, :endedMs,
  :attempt, :attempts, :losses, :reusedFrom, :outputs, :error`
const INSERT_JOB = `
  insert into job (name, parent, root, step, type, position, experiment, display_name, description,
    compute, tags, properties, ${STATE_COLUMNS})
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict do nothing`
const UPDATE_JOB = `
  update job set (${STATE_COLUMNS}) = (${STATE_VALUES}) where name = :name and seq = :fromSeq`
const INSERT_EVENT = `
  insert into job_event (job, seq, schema, at_ms, type, data)
  values (?, ?, ?, ?, ?, ?)`
const INSERT_INTENT = `
  insert into intent (attempt, type, job) values (:attempt, :type, :job) on conflict do nothing`
const TAKE_CHANGES = 'update job_counter set change_id = change_id + :count returning change_id'
const selectFrom = (jobs: string, entity = 'job_plan.entity') =>
  `select job.*, ${entity} as entity from ${jobs} join job_plan on job_plan.job = job.name`
/** What a job was made from is long, and is read when somebody asks. */
const SELECT_STATE = 'select job.* from job'
const SELECT_ENTITY = 'select entity from job_plan where job = :name'
/** The planner by itself would sort all of them for each page. */
const TOP_JOBS = 'job indexed by job_top'
/** What a row of a list needs of an entity that may have a thousand steps. */
const BRIEF_ENTITY = `json_object('compute', json_extract(job_plan.entity, '$.compute'))`

/**
 * Records jobs that do not exist yet, in order (a parent before its children).
 *
 * @throws AmletError `JobExists` when a name is taken.
 */
export function insertJobs(db: Db, jobs: readonly NewJob[]): void {
  db.transaction(() => {
    const first = takeChangeIds(db, jobs.length)
    jobs.forEach((job, i) => {
      insertJob(db, job, first + i)
    })
    insertPlans(
      db,
      jobs.map(({ plan }) => plan),
    )
  })
}

/** The first of `count` numbers that no change has had. */
function takeChangeIds(db: Db, count = 1): number {
  const last = db.get<{ change_id: number }>(TAKE_CHANGES, { count })?.change_id ?? count
  return last - count + 1
}

function insertJob(db: Db, { plan, position, state, events }: NewJob, changeId: number): void {
  const { name, parent, root, step, type, experiment, displayName, description, compute } = plan
  const inserted = db.run(INSERT_JOB, [
    ...[name, parent, root, step, type, position, experiment, displayName, description, compute],
    JSON.stringify(plan.tags),
    JSON.stringify(plan.properties),
    ...Object.values(stateParams(state, changeId)),
  ])
  if (inserted === 0) throw jobExists(name)
  insertEvents(db, { job: name, firstSeq: 1, events, atMs: state.sinceMs })
}

const jobExists = (name: string) =>
  new AmletError({
    code: 'JobExists',
    message: `there is a job named "${name}" already`,
    hint: 'leave the name out to get a new one, or choose another',
  })

/** In the order of `STATE_COLUMNS`. */
function stateParams(state: JobState, changeId: number): Record<string, SqlValue> {
  const { status, seq, reason, sinceMs, createdMs, startedMs, endedMs, outputs, error } = state
  const { attempt, attempts, losses, reusedFrom } = state
  return {
    ...{ status, seq, changeId, reason, sinceMs, createdMs, startedMs, endedMs },
    ...{ attempt, attempts, losses, reusedFrom },
    outputs: JSON.stringify(outputs),
    error: error === null ? null : JSON.stringify(error),
  }
}

/**
 * Writes one step of a job in one transaction: what the job is now, what happened, and what the engine still has
 * to do about it.
 *
 * @throws AmletError `StaleWrite` when the job has moved past `fromSeq`: read it and decide again.
 */
export function recordTransition(db: Db, transition: Transition): void {
  const { job, fromSeq, state, events, intents, atMs } = transition
  db.transaction(() => {
    const params = stateParams(state, takeChangeIds(db))
    if (db.run(UPDATE_JOB, { name: job, fromSeq, ...params }) === 0) throw staleWrite(job, fromSeq)
    insertEvents(db, { job, firstSeq: fromSeq + 1, events, atMs })
    for (const { type, attempt } of intents) db.run(INSERT_INTENT, { type, job, attempt })
  })
}

interface NewEvents {
  readonly job: string
  readonly firstSeq: number
  readonly events: readonly JobEvent[]
  readonly atMs: number
}

function insertEvents(db: Db, { job, firstSeq, events, atMs }: NewEvents): void {
  events.forEach(({ type, ...data }, i) => {
    db.run(INSERT_EVENT, [job, firstSeq + i, EVENT_SCHEMA, atMs, type, JSON.stringify(data)])
  })
}

const staleWrite = (job: string, fromSeq: number) =>
  new AmletError({
    code: 'StaleWrite',
    message: `job "${job}" has changed since its event ${fromSeq}`,
    hint: 'read it and try again',
  })

/** Undefined when there is no such job. */
export function getJob(db: Db, name: string): JobRow | undefined {
  return listStates(db, 'where name = :name', { name })[0]
}

export interface JobFilter {
  /** Name of a parent; absent: top-level jobs. */
  readonly parent?: string | undefined
  readonly archived?: 'active' | 'archived' | 'all' | undefined
  readonly experiment?: string | undefined
  readonly type?: string | undefined
  readonly status?: string | undefined
  readonly max?: number | undefined
  readonly skip?: number | undefined
  /** Of the entity only its `compute`: the rest may be long. */
  readonly isBrief?: boolean | undefined
}

/** Top-level jobs newest first; children in the order of the file. */
export function listJobs(db: Db, filter: JobFilter = {}): JobRow[] {
  const { where, params } = whereOf(filter)
  const [jobs, order] =
    filter.parent === undefined ? [TOP_JOBS, 'created_ms desc, name'] : ['job', 'position']
  const select = selectFrom(jobs, filter.isBrief ? BRIEF_ENTITY : undefined)
  const listed = `${select} where ${where} order by ${order}`
  const page = { max: filter.max ?? -1, skip: filter.skip ?? 0 }
  return db
    .all<RawState & { entity: string }>(`${listed} limit :max offset :skip`, { ...params, ...page })
    .map((row) => toJobRow(row, () => row.entity))
}

/** How many jobs `filter` finds, its page left aside. */
export function countJobs(db: Db, filter: JobFilter = {}): number {
  const { where, params } = whereOf(filter)
  return db.get<{ n: number }>(`select count(*) as n from job where ${where}`, params)?.n ?? 0
}

function whereOf(filter: JobFilter): { where: string; params: Record<string, SqlValue> } {
  const { parent, archived = 'active', experiment, type, status } = filter
  const params: Record<string, SqlValue> = {}
  const terms = [parent === undefined ? 'parent is null' : 'parent = :parent']
  if (parent !== undefined) params['parent'] = parent
  if (archived !== 'all') terms.push(`archived = ${archived === 'archived' ? 1 : 0}`)
  for (const [column, value] of Object.entries({ experiment, type, status })) {
    if (value === undefined) continue
    terms.push(`job.${column} = :${column}`)
    params[column] = value
  }
  return { where: terms.join(' and '), params }
}

/** All jobs of the tree of `root`, itself first, in the order of the file. */
export function listTree(db: Db, root: string): JobRow[] {
  return listStates(db, 'where root = :root order by position', { root })
}

/** All jobs below `name`, itself left out, in the order of the file. */
export function listDescendants(db: Db, name: string): JobRow[] {
  const below = `
    with recursive below (name) as (
      select name from job where parent = :name
      union all select job.name from job join below on job.parent = below.name)
    select name from below`
  return listStates(db, `where name in (${below}) order by position`, { name })
}

/** Jobs changed after `changeId`, oldest change first: what a projection or an event stream reads next. */
export function jobsChangedSince(db: Db, changeId: number, max = 1_000): JobRow[] {
  const where = 'where change_id > :changeId order by change_id limit :max'
  return listStates(db, where, { changeId, max })
}

function listStates(db: Db, where: string, params: Record<string, SqlValue>): JobRow[] {
  return db
    .all<RawState>(`${SELECT_STATE} ${where}`, params)
    .map((row) => toJobRow(row, () => readEntity(db, row.name)))
}

function readEntity(db: Db, name: string): string {
  return db.get<{ entity: string }>(SELECT_ENTITY, { name })?.entity ?? '{}'
}

/** The number of the last change, 0 in a new home. */
export function lastChangeId(db: Db): number {
  return db.get<{ change_id: number }>('select change_id from job_counter')?.change_id ?? 0
}

/** What happened to a job, in order. */
export function listJobEvents(db: Db, job: string): JobEventRow[] {
  const sql = 'select seq, at_ms, type, data from job_event where job = :job order by seq'
  return db
    .all<{ seq: number; at_ms: number; type: string; data: string }>(sql, { job })
    .map(({ seq, at_ms, type, data }) => ({
      seq,
      atMs: at_ms,
      event: { type, ...JSON.parse(data) } as JobEvent,
    }))
}

/** Where the outputs of a completed job are. */
export function getOutputs(db: Db, job: string): Outputs | undefined {
  const row = db.get<{ outputs: string }>('select outputs from job where name = :job', { job })
  return row && JSON.parse(row.outputs)
}

export interface JobChanges {
  readonly displayName?: string | undefined
  readonly description?: string | null | undefined
  readonly experiment?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly properties?: Readonly<Record<string, string>> | undefined
  readonly archived?: boolean | undefined
}

/** Changes what people may change of a job: nothing of it belongs to its lifecycle, so it is no event. */
export function updateJob(db: Db, name: string, changes: JobChanges): void {
  const params: Record<string, SqlValue> = {}
  if (changes.displayName !== undefined) params['display_name'] = changes.displayName
  if (changes.description !== undefined) params['description'] = changes.description
  if (changes.experiment !== undefined) params['experiment'] = changes.experiment
  if (changes.tags !== undefined) params['tags'] = JSON.stringify(changes.tags)
  if (changes.properties !== undefined) params['properties'] = JSON.stringify(changes.properties)
  if (changes.archived !== undefined) params['archived'] = changes.archived ? 1 : 0
  const sets = Object.keys(params).map((column) => `${column} = :${column}`)
  db.transaction(() => {
    const changeId = takeChangeIds(db)
    const sql = `update job set ${[...sets, 'change_id = :changeId'].join(', ')} where name = :name`
    db.run(sql, { ...params, changeId, name })
  })
}

/** What a tree needs of each of its jobs. */
export type TreeRow = JobRow & {
  readonly needs: readonly string[]
  readonly continueOnStepFailure: boolean
}

/** Jobs of every tree that is not done, with what each waits for: all that a starting engine must know. */
export function listOpenTrees(db: Db): TreeRow[] {
  const sql = `
    select job.*, job_plan.needs,
           job_plan.plan ->> '$.continueOnStepFailure' as goes_on
      from job join job_plan on job_plan.job = job.name
     where job.root in (select name from job where parent is null and ended_ms is null)
     order by job.root, position`
  return db.all<RawState & { needs: string; goes_on: number }>(sql).map((row) => ({
    ...toJobRow(row, () => '{}'),
    needs: JSON.parse(row.needs),
    continueOnStepFailure: row.goes_on === 1,
  }))
}

interface RawState extends Row {
  name: string
  parent: string | null
  status: string
  outputs: string
  error: string | null
  tags: string
  properties: string
}

function toJobRow(row: RawState, entityText: () => string): JobRow {
  let entity: JobRow['entity'] | undefined
  let outputs: Outputs | undefined
  return {
    name: row.name,
    parent: row.parent,
    root: row['root'] as string,
    step: row['step'] as string,
    type: row['type'] as JobRow['type'],
    status: row.status as JobStatus,
    seq: row['seq'] as number,
    changeId: row['change_id'] as number,
    reason: row['reason'] as string | null,
    sinceMs: row['since_ms'] as number,
    createdMs: row['created_ms'] as number,
    startedMs: row['started_ms'] as number | null,
    endedMs: row['ended_ms'] as number | null,
    attempt: row['attempt'] as string | null,
    attempts: row['attempts'] as number,
    losses: row['losses'] as number,
    reusedFrom: row['reused_from'] as string | null,
    error: row.error === null ? null : (JSON.parse(row.error) as JobError),
    experiment: row['experiment'] as string,
    displayName: row['display_name'] as string,
    description: row['description'] as string | null,
    compute: row['compute'] as string,
    archived: row['archived'] === 1,
    // Lists of thousands of jobs are read for their statuses alone.
    get outputs() {
      outputs ??= JSON.parse(row.outputs) as Outputs
      return outputs
    },
    get tags() {
      return JSON.parse(row.tags)
    },
    get properties() {
      return JSON.parse(row.properties)
    },
    get entity() {
      entity ??= JSON.parse(entityText()) as JobRow['entity']
      return entity
    },
  }
}
