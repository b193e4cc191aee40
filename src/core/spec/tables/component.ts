import { checkComponent } from '../component-rule.ts'
import {
  anything,
  boolean,
  exactWord,
  type Field,
  type FieldType,
  listOf,
  mapOf,
  object,
  optional,
  readOnly,
  required,
  type Table,
  type TaggedType,
  type TextType,
  text,
  version,
  word,
} from '../field.ts'
import { finishPipelineComponent } from '../pipeline-component.ts'
import { readPort } from '../port.ts'
import { nodes } from './node.ts'
import { parallelFields } from './parallel.ts'
import { commandFields, componentResources, portKey, shownAssetFields } from './shared.ts'

const componentName: TextType = {
  kind: 'text',
  pattern: /^[a-z][a-z\d_]{0,254}$/,
  shape: 'component names are lower-case letters, digits and "_", and begin with a letter',
}

const PATH_PORT_TYPES = [
  'uri_file',
  'uri_folder',
  'mltable',
  'mlflow_model',
  'custom_model',
  'triton_model',
  'path',
] as const
const MODES = [
  'ro_mount',
  'rw_mount',
  'download',
  'upload',
  'direct',
  'mount',
  'eval_mount',
  'eval_download',
  'link',
]
const PRIMITIVE_TYPES = ['string', 'number', 'integer', 'boolean'] as const

const primitivePort: Table = {
  title: 'literal input',
  unknown: 'reject',
  fields: {
    type: required(exactWord(...PRIMITIVE_TYPES), 'what kind of literal'),
    optional: optional(boolean, 'whether it may be left out', { default: 'false' }),
    default: optional({ kind: 'literal' }, 'the value when none is given'),
    description: optional(text, 'what it is for'),
    min: optional({ kind: 'number' }, 'the least value, of integers and numbers'),
    max: optional({ kind: 'number' }, 'the greatest value, of integers and numbers'),
    enum: optional(listOf(text, { nonEmpty: true }), 'the only values allowed'),
  },
}

const pathPort: Table = {
  title: 'data input',
  unknown: 'reject',
  fields: {
    type: required(exactWord(...PATH_PORT_TYPES), 'what kind of data'),
    optional: optional(boolean, 'whether it may be left out', { default: 'false' }),
    description: optional(text, 'what it is for'),
    mode: optional(exactWord(...MODES), 'how it is given', { default: 'ro_mount' }),
    default: optional({ kind: 'literal' }, 'not allowed: data has no default'),
  },
}

const outputFields = {
  description: optional(text, 'what it is for'),
  mode: optional(exactWord(...MODES), 'how it is written', { default: 'rw_mount' }),
} as const

const pathOutput: Table = {
  title: 'data output',
  unknown: 'reject',
  fields: {
    type: required(exactWord(...PATH_PORT_TYPES), 'what is written'),
    ...outputFields,
  },
}

const primitiveOutput: Table = {
  title: 'literal output',
  unknown: 'warn',
  fields: {
    type: required(exactWord(...PRIMITIVE_TYPES), 'what is written'),
    ...outputFields,
    early_available: readOnly('recorded by the service'),
    is_control: readOnly('recorded by the service'),
  },
}

const outputTypes: TaggedType = {
  kind: 'tagged',
  title: 'output',
  field: 'type',
  exact: true,
  tables: {
    ...Object.fromEntries(PATH_PORT_TYPES.map((type) => [type, () => pathOutput])),
    ...Object.fromEntries(PRIMITIVE_TYPES.map((type) => [type, () => primitiveOutput])),
  },
}

const portTypes: TaggedType = {
  kind: 'tagged',
  title: 'input',
  field: 'type',
  exact: true,
  tables: {
    ...Object.fromEntries(PRIMITIVE_TYPES.map((type) => [type, () => primitivePort])),
    ...Object.fromEntries(PATH_PORT_TYPES.map((type) => [type, () => pathPort])),
  },
}
const port: FieldType = {
  kind: 'custom',
  like: portTypes,
  read: (place) => readPort(place, portTypes),
}

const inputPorts: FieldType = mapOf(port, { key: portKey, distinctIgnoringCase: 'input' })
const outputPorts: FieldType = mapOf(outputTypes, {
  key: portKey,
  distinctIgnoringCase: 'output',
})

const componentFields: Readonly<Record<string, Field>> = {
  name: required(componentName, 'the name of the component'),
  version: optional(version, 'the version', { default: 'one more than the last' }),
  display_name: optional(text, 'the name that is shown'),
  description: optional(text, 'what the component does'),
  tags: optional(mapOf(text), 'labels of your own'),
  properties: optional(mapOf(anything), 'properties of your own'),
  is_deterministic: optional(boolean, 'whether a step with the same inputs may be reused', {
    default: 'true',
  }),
  inputs: optional(inputPorts, 'what it reads'),
  outputs: optional(outputPorts, 'what it writes'),
  additional_includes: optional(
    listOf({ kind: 'path', must: 'any', what: 'file or folder' }),
    'more files and folders that are copied beside the code',
  ),
  auto_delete_setting: optional(anything, 'recorded'),
  intellectual_property: readOnly('recorded by the service'),
  ...shownAssetFields,
}

const DETERMINISTIC: Field = {
  ...(componentFields['is_deterministic'] as Field),
  fill: true,
}

const commandComponent: Table = {
  title: 'command component',
  unknown: 'drop',
  fields: {
    type: optional(word('command'), 'the kind of component', { fill: 'command', nullable: true }),
    ...componentFields,
    is_deterministic: DETERMINISTIC,
    ...commandFields,
    resources: optional(
      object(() => componentResources),
      'how much it gets',
    ),
  },
  rule: checkComponent,
}

const parallelComponent: Table = {
  title: 'parallel component',
  unknown: 'drop',
  fields: {
    type: required(word('parallel'), 'the kind of component'),
    ...componentFields,
    is_deterministic: DETERMINISTIC,
    ...parallelFields,
    resources: optional(
      object(() => componentResources),
      'how much it gets',
    ),
    environment_variables: optional(mapOf(anything), 'variables of the processes'),
  },
  rule: checkComponent,
}

const pipelineComponent: Table = {
  title: 'pipeline component',
  unknown: 'drop',
  fields: {
    type: required(word('pipeline'), 'the kind of component'),
    ...componentFields,
    jobs: required(nodes, 'the steps'),
    settings: optional(mapOf(anything), 'recorded'),
  },
  rule: finishPipelineComponent,
}

/** Kinds that are recognised, kept as they are, and refused when they should run. */
function foreign(type: string): Table {
  const fields: Table['fields'] = {
    type: required(word(type), 'the kind of component'),
    ...componentFields,
  }
  return { title: `${type} component`, unknown: 'keep', fields }
}

export const component: TaggedType = {
  kind: 'tagged',
  title: 'component',
  field: 'type',
  default: 'command',
  tables: {
    command: () => commandComponent,
    parallel: () => parallelComponent,
    pipeline: () => pipelineComponent,
    ...Object.fromEntries(
      ['spark', 'automl', 'import', 'data_transfer', 'datatransfer'].map((type) => [
        type,
        () => foreign(type),
      ]),
    ),
  },
}

/** A table without the fields that an anonymous component in a step need not have. */
export function anonymous(table: Table): Table {
  const { name: _name, version: _version, ...fields } = table.fields
  return {
    ...table,
    fields: {
      ...fields,
      name: optional(anything, 'not used by a step', { nullable: true }),
      version: optional(anything, 'not used by a step', { nullable: true }),
    },
  }
}
