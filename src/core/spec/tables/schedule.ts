import {
  anything,
  type FieldType,
  mapOr,
  optional,
  readOnly,
  required,
  type Table,
  type TaggedType,
  text,
  word,
} from '../field.ts'
import { finishSchedule, readCreateJob } from '../schedule.ts'
import { commandJob, pipelineJob } from './job.ts'
import { environment, jobTags, looseTags, resourceName } from './shared.ts'
import { trigger } from './trigger.ts'

const jobReference: FieldType = {
  kind: 'path',
  must: 'file',
  orReference: 'data',
  what: 'job file',
}

function overriding(table: Table, type: string, left: readonly string[]): Table {
  const fields = Object.fromEntries(
    Object.entries(table.fields)
      .filter(([name]) => !left.includes(name))
      .map(([name, { required: _required, ...field }]) => [name, field]),
  )
  return {
    title: `${type} job of a schedule`,
    unknown: 'reject',
    fields: {
      ...fields,
      type: optional(word(type), 'the kind of job'),
      job: required(jobReference, 'the job file, or azureml:<job>'),
    },
  }
}

/** What a schedule's job may change of the job file that it names. */
export const createJob: TaggedType = {
  kind: 'tagged',
  title: 'create_job',
  field: 'type',
  default: 'pipeline',
  tables: {
    pipeline: () => pipelineOverride,
    command: () => commandOverride,
    spark: () => sparkOverride,
  },
}

const pipelineOverride = overriding(pipelineJob, 'pipeline', ['jobs', 'component', 'limits'])
const commandOverride = overriding(commandJob, 'command', ['code', 'command'])
const sparkOverride: Table = {
  title: 'spark job of a schedule',
  unknown: 'keep',
  fields: {
    type: required(word('spark'), 'the kind of job'),
    job: required(jobReference, 'the job file'),
    environment: optional(environment, 'what it runs in', { nullable: true }),
  },
}

export const schedule: Table = {
  title: 'schedule',
  unknown: 'reject',
  fields: {
    name: required(resourceName, 'the name of the schedule'),
    display_name: optional(text, 'the name that is shown'),
    description: optional(text, 'what it is for'),
    tags: optional(looseTags, 'labels of your own'),
    properties: optional(jobTags, 'properties of your own'),
    trigger: required(trigger, 'when it happens'),
    create_job: optional(
      { kind: 'custom', like: mapOr(createJob, text), read: readCreateJob },
      'the job that is created: a file, azureml:<job>, or a mapping with "job:" and what changes',
    ),
    create_monitor: optional(anything, 'not run by amlet'),
    import_data: optional(anything, 'not run by amlet'),
    is_enabled: readOnly('whether it is on'),
    provisioning_state: readOnly('given by the service'),
    creation_context: readOnly('who made it and when'),
    id: readOnly('id given by the service'),
    next_fire_times: readOnly('when it happens next'),
    last_fires: readOnly('when it happened last, and which jobs came of it'),
    missed_fires: readOnly('how often nobody was there when it was due'),
    missed_fire_policy: readOnly('what is done about those'),
  },
  rule: finishSchedule,
}
