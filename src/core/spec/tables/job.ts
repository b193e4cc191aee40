import { readComponent } from '../component-value.ts'
import {
  anything,
  bindable,
  boolean,
  type Field,
  object,
  optional,
  readOnly,
  required,
  type Table,
  type TaggedType,
  text,
  word,
} from '../field.ts'
import { finishCommandJob, finishPipelineJob, finishSweepJob } from '../job-rule.ts'
import { inputs, outputs } from './inputs.ts'
import { nodes } from './node.ts'
import {
  code,
  commandFields,
  commandText,
  distribution,
  environment,
  environmentVariables,
  jobFields,
  queueSettings,
  resources,
} from './shared.ts'
import { commandSlips, pipelineSlips } from './slips.ts'
import { limitsField, sweepFields } from './sweep.ts'

const portFields: Readonly<Record<string, Field>> = {
  inputs: optional(inputs, 'what it reads: literals and data'),
  outputs: optional(outputs, 'what it writes'),
}

export const commandJob: Table = {
  title: 'command job',
  slips: commandSlips,
  unknown: 'reject',
  fields: {
    type: optional(word('command'), 'the kind of job', { default: 'command' }),
    ...jobFields,
    ...commandFields,
    ...portFields,
    limits: optional(limitsField, 'how long it may take'),
    parent_job_name: optional(text, 'the job that it belongs to'),
    component: readOnly('the component of the step that it was'),
  },
  rule: finishCommandJob,
}

const pipelineSettings: Table = {
  title: 'pipeline settings',
  unknown: 'drop',
  fields: {
    default_compute: optional(
      { kind: 'reference', of: 'compute', bare: true, words: ['serverless'] },
      'where steps run that name no compute',
    ),
    default_datastore: optional(
      { kind: 'reference', of: 'datastore', bare: true },
      'where outputs without a path are kept',
      { default: "the workspace's" },
    ),
    continue_on_step_failure: optional(
      boolean,
      'whether steps that do not depend on a failed one go on',
      {
        default: 'true',
      },
    ),
    force_rerun: optional(boolean, 'whether nothing is reused', { default: 'false' }),
    on_init: optional(text, 'the step that runs first'),
    on_finalize: optional(text, 'the step that runs last'),
    _source: { ...optional(anything, 'added by the client'), readOnly: true },
  },
}

export const pipelineJob: Table = {
  title: 'pipeline job',
  slips: pipelineSlips,
  unknown: 'reject',
  fields: {
    type: required(word('pipeline'), 'the kind of job'),
    ...jobFields,
    ...portFields,
    jobs: optional(nodes, 'the steps'),
    component: optional(
      {
        kind: 'custom',
        like: { kind: 'path', must: 'file', orReference: 'component', what: 'component file' },
        read: (place) => readComponent(place, 'pipeline'),
      },
      'a pipeline component that is run as the job, instead of "jobs"',
    ),
    settings: optional(
      object(() => pipelineSettings),
      'settings of all steps',
    ),
    limits: optional(limitsField, 'how long it may take'),
  },
  rule: finishPipelineJob,
}

const trial: Table = {
  title: 'trial',
  unknown: 'reject',
  fields: {
    command: required(commandText, 'what bash runs, with ${{search_space.x}} for what is varied'),
    environment: required(environment, 'what it runs in'),
    code: optional(code, 'the folder that is copied to where it runs'),
    environment_variables: optional(environmentVariables, 'variables of the process'),
    distribution: optional(distribution, 'how processes on several nodes find one another'),
    resources: optional(
      object(() => resources),
      'how much each trial gets',
    ),
    queue_settings: optional(
      object(() => queueSettings),
      'how trials are queued',
    ),
  },
}

export const sweepJob: Table = {
  title: 'sweep job',
  unknown: 'reject',
  fields: {
    type: required(word('sweep'), 'the kind of job'),
    ...jobFields,
    ...portFields,
    trial: required(bindable(object(() => trial)), 'what each trial runs'),
    ...sweepFields,
    search_space: { ...(sweepFields['search_space'] as Field), required: true },
    resources: optional(
      object(() => resources),
      'how much each trial gets',
    ),
    queue_settings: optional(
      object(() => queueSettings),
      'how trials are queued',
    ),
  },
  rule: finishSweepJob,
}

function foreign(type: string): Table {
  return {
    title: `${type} job`,
    unknown: 'keep',
    fields: { type: required(word(type), 'the kind of job'), ...jobFields, ...portFields },
  }
}

/** Jobs that are read, and refused by name when they are submitted. */
const FOREIGN_JOBS = ['spark', 'automl', 'import', 'finetuning', 'distillation'] as const
/** The same for steps, and for what a step's component may be. */
export const FOREIGN_STEPS = [...FOREIGN_JOBS, 'data_transfer', 'flow'] as const

export const job: TaggedType = {
  kind: 'tagged',
  title: 'job',
  field: 'type',
  default: 'command',
  exact: true,
  tables: {
    command: () => commandJob,
    pipeline: () => pipelineJob,
    sweep: () => sweepJob,
    ...Object.fromEntries(FOREIGN_JOBS.map((type) => [type, () => foreign(type)])),
  },
}
