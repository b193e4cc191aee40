import { AmletError, type Diagnostic } from '../../core/errors.ts'
import { didYouMean } from '../../core/suggest.ts'
import { getJob } from '../../store/jobs.ts'
import {
  countMissedFires,
  deleteSchedule,
  getSchedule,
  listFires,
  listSchedules,
  type ScheduleRow,
} from '../../store/schedules.ts'
import { type Route, route } from '../route.ts'
import type { Services } from '../services.ts'
import { toIso } from './job-view.ts'
import { PLACE_UPDATE_FIELDS, updatePlace } from './place-update.ts'
import { readEntity, YAML_FIELDS } from './read-entity.ts'
import { scheduledJob, scheduledSources } from './scheduled-job.ts'
import type { Submission } from './submit.ts'
import { validateFile } from './validate.ts'

const SHOWN_TIMES = 5
const SHOWN_FIRES = 10

/** Operations on schedules. */
export function scheduleRoutes(services: Services): Route[] {
  return [...createRoutes(services), ...keepRoutes(services), ...actRoutes(services)]
}

function createRoutes(services: Services): Route[] {
  return [
    route({
      method: 'POST',
      path: '/schedules',
      summary: 'Creates a schedule, or replaces the one of that name; creating fires nothing',
      body: YAML_FIELDS,
      status: 201,
      handler: async ({ body, tree }) => {
        const read = await readEntity('schedule', body, tree)
        const { entity, sources } = read
        const { row, warnings } = await save(services, {
          entity,
          sources,
          strict: body.strict ?? false,
        })
        return {
          entity: toView(services, row),
          created: true,
          warnings: [...read.warnings, ...warnings],
        }
      },
    }),
    route({
      method: 'POST',
      path: '/schedules/validate',
      summary: 'Checks the file of a schedule and records nothing',
      body: YAML_FIELDS,
      handler: (request) => validateFile(services, 'schedule', request),
    }),
  ]
}

function keepRoutes(services: Services): Route[] {
  const { db } = services
  return [
    route({
      method: 'GET',
      path: '/schedules',
      summary: 'Enabled schedules, by name',
      query: {
        max_results: { type: 'integer', doc: 'At most so many' },
        include_disabled: { type: 'boolean', doc: 'Disabled ones too' },
        disabled_only: { type: 'boolean', doc: 'Disabled ones alone' },
        type: { type: 'string', doc: 'Only this type of trigger' },
      },
      handler: ({ query }) => {
        const { include_disabled: all, disabled_only: disabled, max_results: max } = query
        const isWanted = ({ isEnabled }: ScheduleRow) => (disabled ? !isEnabled : all || isEnabled)
        const rows = listSchedules(db).filter(isWanted).slice(0, max)
        return { value: rows.map((row) => toView(services, row)) }
      },
    }),
    route({
      method: 'GET',
      path: '/schedules/{name}',
      summary: 'A schedule: when it fires next, when it fired, what it missed',
      handler: ({ params }) => toView(services, find(services, params['name'] ?? '')),
    }),
    route({
      method: 'PATCH',
      path: '/schedules/{name}',
      summary: 'Changes a schedule',
      body: PLACE_UPDATE_FIELDS,
      handler: async ({ params, body, tree }) => {
        const row = find(services, params['name'] ?? '')
        const read = (yaml: Parameters<typeof readEntity>[1]) => readEntity('schedule', yaml, tree)
        const shown = { ...row.entity, is_enabled: row.isEnabled }
        const after = { ...(await updatePlace(shown, body, read)), name: row.name }
        const saved = await save(services, { entity: after, sources: NOWHERE, strict: false })
        return toView(services, saved.row)
      },
    }),
    route({
      method: 'DELETE',
      path: '/schedules/{name}',
      summary: 'Deletes a schedule; jobs it made stay',
      handler: ({ params }) => {
        deleteSchedule(db, find(services, params['name'] ?? '').name)
      },
    }),
  ]
}

function actRoutes(services: Services): Route[] {
  const { schedules } = services
  const setEnabled = (verb: 'enable' | 'disable') =>
    route({
      method: 'POST',
      path: `/schedules/{name}/${verb}`,
      summary: verb === 'enable' ? 'Lets a schedule fire' : 'Keeps a schedule from firing',
      handler: ({ params }) => {
        const row = find(services, params['name'] ?? '')
        return toView(services, schedules.save({ ...row, isEnabled: verb === 'enable' }))
      },
    })
  return [
    setEnabled('enable'),
    setEnabled('disable'),
    route({
      method: 'POST',
      path: '/schedules/{name}/trigger',
      summary: 'Creates the job of a schedule now',
      handler: async ({ params }) => {
        const row = find(services, params['name'] ?? '')
        const job = await schedules.trigger(row)
        return { job_name: job, schedule_action_type: 'CreateJob' }
      },
    }),
  ]
}

const NOWHERE: Submission['sources'] = { get: () => undefined }

interface Saving {
  readonly entity: Readonly<Record<string, unknown>>
  readonly sources: Submission['sources']
  readonly strict: boolean
}

/** Pins the job, so that each time runs what was meant when the schedule was made, and stores the schedule. */
async function save(
  services: Services,
  { entity, sources, strict }: Saving,
): Promise<{ readonly row: ScheduleRow; readonly warnings: readonly Diagnostic[] }> {
  const { assets, schedules, owner } = services
  const { name, is_enabled: enabled, create_job: job, ...rest } = entity
  if (typeof job !== 'object' || job === null)
    throw new AmletError({
      code: 'OperationNotSupported',
      message: 'this schedule creates no job; monitors and data imports are not run',
      hint: 'give it a "create_job:"',
    })
  const options = { sources: scheduledSources(sources), strict }
  const { entity: pinned, warnings } = await assets.pinJob(scheduledJob(services, job), options)
  const row = schedules.save({
    name: String(name),
    entity: { ...rest, name, create_job: pinned },
    isEnabled: enabled !== false,
    createdBy: owner,
  })
  return { row, warnings }
}

function find({ db }: Services, name: string): ScheduleRow {
  const row = getSchedule(db, name)
  if (row !== undefined) return row
  throw new AmletError({
    code: 'ResourceNotFound',
    message: `there is no schedule "${name}"`,
    hint:
      didYouMean(
        name,
        listSchedules(db).map((known) => known.name),
      ) ?? 'amlet schedule list --include-disabled shows which there are',
  })
}

function toView(services: Services, row: ScheduleRow): Record<string, unknown> {
  const { db, identity, schedules } = services
  const { name, entity, isEnabled, createdMs } = row
  const next = isEnabled ? schedules.nextTimes(entity, { createdMs, count: SHOWN_TIMES }) : []
  const provider = 'providers/Microsoft.MachineLearningServices/workspaces'
  return {
    ...entity,
    id: `/subscriptions/${identity.subscriptionId}/resourceGroups/${identity.resourceGroup}/${provider}/${identity.workspace}/schedules/${name}`,
    is_enabled: isEnabled,
    provisioning_state: 'Succeeded',
    next_fire_times: next.map((atMs) => toIso(atMs)),
    last_fires: listFires(db, name, SHOWN_FIRES).map(({ dueMs, state, job, message }) => ({
      at: toIso(dueMs),
      state,
      ...(job === null ? {} : { job_name: job, status: getJob(db, job)?.status }),
      ...(message === null ? {} : { message }),
    })),
    missed_fires: countMissedFires(db, name),
    missed_fire_policy: 'skip',
    creation_context: {
      created_at: toIso(createdMs),
      created_by: row.createdBy,
      created_by_type: 'User',
      last_modified_at: toIso(row.modifiedMs),
    },
  }
}
