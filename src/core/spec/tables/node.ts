import { readComponent } from '../component-value.ts'
import {
  anything,
  bindable,
  boolean,
  type Field,
  type FieldType,
  mapOf,
  object,
  optional,
  required,
  type Table,
  type TaggedType,
  text,
  word,
} from '../field.ts'
import { readNode } from '../node.ts'
import { inputs, outputs } from './inputs.ts'
import { parallelFields } from './parallel.ts'
import {
  code,
  commandText,
  compute,
  distribution,
  environment,
  environmentVariables,
  identity,
  jobFields,
  jobTags,
  queueSettings,
  resources,
} from './shared.ts'
import { commandSlips, componentStepSlips } from './slips.ts'
import { commandLimits, searchSpace, sweepFields } from './sweep.ts'

/** Steps that are recognised, and refused when they should run. */
const FOREIGN_NODES = ['import', 'automl', 'spark', 'data_transfer'] as const
/** What `type:` of a step may say. */
export const NODE_TYPES = ['command', 'sweep', 'parallel', 'pipeline', ...FOREIGN_NODES] as const
type NodeType = (typeof NODE_TYPES)[number]

const componentForm: FieldType = {
  kind: 'choice',
  members: [
    mapOf(anything),
    { kind: 'path', must: 'file', orReference: 'component', what: 'component file' },
  ],
  pick: (node) => (node.kind === 'map' ? 0 : 1),
}

function componentField(type: NodeType): Field {
  const field: FieldType = {
    kind: 'custom',
    like: componentForm,
    read: (place) => readComponent(place, type === 'sweep' ? 'command' : type),
  }
  return required(
    field,
    'what the step runs: a component file, a reference, or the component itself',
  )
}

/** Fields that every step has, whichever its form. */
const stepFields: Readonly<Record<string, Field>> = {
  name: optional(anything, 'not used: the name of a step is its key', { nullable: true }),
  display_name: optional(text, 'the name that is shown'),
  description: optional(text, 'what the step is for'),
  comment: optional(text, 'a remark'),
  tags: optional(jobTags, 'labels of your own'),
  properties: optional(mapOf(text, { nullable: true }), 'properties of your own'),
  compute: optional(bindable(compute), 'where it runs', { default: "the pipeline's" }),
  inputs: optional(inputs, 'what it reads: literals, data, or ${{parent…}}'),
  outputs: optional(outputs, 'what it writes'),
}

const processFields: Readonly<Record<string, Field>> = {
  environment_variables: optional(bindable(environmentVariables), 'variables of the process'),
  resources: optional(
    object(() => resources),
    'how much it gets',
  ),
  limits: optional(
    object(() => commandLimits),
    'how long it may take',
  ),
  identity: optional(bindable(identity), 'recorded'),
  services: jobFields['services'] as Field,
  queue_settings: optional(
    object(() => queueSettings),
    'how it is queued',
  ),
}

const typeField = (type: NodeType): Field =>
  optional(word(type), 'the kind of step', { default: 'command' })

export const commandNode: Table = {
  title: 'command step',
  slips: componentStepSlips,
  unknown: 'warn',
  isBindable: true,
  fields: {
    type: typeField('command'),
    component: componentField('command'),
    ...stepFields,
    ...processFields,
    environment: optional(bindable(environment), "instead of the component's"),
    distribution: optional(bindable(distribution), "instead of the component's"),
    is_deterministic: optional(boolean, 'whether it may be reused'),
  },
}

export const pipelineNode: Table = {
  title: 'pipeline step',
  unknown: 'warn',
  isBindable: true,
  fields: {
    type: typeField('pipeline'),
    component: componentField('pipeline'),
    ...stepFields,
    settings: optional(mapOf(anything), 'settings of the steps below'),
    resources: optional(
      object(() => resources),
      'recorded',
    ),
    limits: optional(
      object(() => commandLimits),
      'how long it may take',
    ),
    identity: optional(bindable(identity), 'recorded'),
  },
}

export const parallelNode: Table = {
  title: 'parallel step',
  unknown: 'warn',
  isBindable: true,
  fields: {
    type: typeField('parallel'),
    component: componentField('parallel'),
    ...stepFields,
    ...processFields,
    ...parallelFields,
  },
}

export const sweepNode: Table = {
  title: 'sweep step',
  slips: { component: 'trial' },
  unknown: 'warn',
  isBindable: true,
  fields: {
    type: typeField('sweep'),
    trial: componentField('sweep'),
    ...stepFields,
    ...sweepFields,
    search_space: optional(mapOf(bindable(searchSpace)), 'what is varied'),
    identity: optional(bindable(identity), 'recorded'),
    services: jobFields['services'] as Field,
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

export const inlineCommandNode: Table = {
  title: 'command step',
  slips: commandSlips,
  unknown: 'reject',
  fields: {
    ...jobFields,
    type: typeField('command'),
    ...stepFields,
    ...processFields,
    command: required(commandText, 'what bash runs'),
    environment: required(environment, 'what it runs in'),
    code: optional(code, 'the folder that is copied to where it runs'),
    distribution: optional(distribution, 'how processes on several nodes find one another'),
    is_deterministic: optional(boolean, 'whether it may be reused', { default: 'true' }),
    experiment_name: optional(text, 'not used by a step'),
    parent_job_name: optional(text, 'not used by a step'),
  },
}

export const inlineParallelNode: Table = {
  title: 'parallel step',
  unknown: 'reject',
  isBindable: true,
  fields: {
    type: typeField('parallel'),
    ...stepFields,
    ...processFields,
    ...parallelFields,
    environment: optional(bindable(environment), "instead of the task's"),
    is_deterministic: optional(boolean, 'whether it may be reused', { default: 'true' }),
  },
}

/** Steps that are read, and refused by name when they should run. */
const foreignNode: Table = {
  title: 'step that amlet does not run',
  unknown: 'keep',
  fields: {
    type: required(word(...FOREIGN_NODES), 'the kind of step'),
  },
}

const step: TaggedType = {
  kind: 'tagged',
  title: 'step',
  field: 'type',
  default: 'command',
  marks: { trial: 'sweep', task: 'parallel' },
  tables: {
    command: () => inlineCommandNode,
    parallel: () => inlineParallelNode,
    sweep: () => sweepNode,
    pipeline: () => pipelineNode,
    ...Object.fromEntries(FOREIGN_NODES.map((type) => [type, () => foreignNode])),
  },
  variant: {
    has: 'component',
    tables: { command: () => commandNode, parallel: () => parallelNode },
  },
}

const node: FieldType = { kind: 'custom', read: readNode, like: step }

/** Steps by name. */
export const nodes: FieldType = mapOf(node, {
  key: {
    pattern: /^[a-z_][a-z\d_]*$/,
    shape: 'names of steps are lower-case letters, digits and "_", and do not begin with a digit',
  },
})
