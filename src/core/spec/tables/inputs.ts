import {
  type FieldType,
  literal,
  mapOf,
  mapOr,
  optional,
  readOnly,
  type Table,
  text,
  version,
  word,
} from '../field.ts'
import { readInput, readOutput } from '../input.ts'
import { portKey } from './shared.ts'

const DATASTORE = optional(text, 'where a local upload is kept', { default: 'workspaceblobstore' })
const PATH = optional(
  { kind: 'path', must: 'exist', orReference: 'input', orUrl: true, what: 'input' },
  'a local path, a reference or an address',
)
const ON_COMPUTE = optional(text, 'recorded')

const MODEL_TYPES = ['custom_model', 'mlflow_model', 'triton_model'] as const

const dataInput: Table = {
  title: 'data input',
  unknown: 'reject',
  fields: {
    type: optional(word('uri_file', 'uri_folder'), 'a file or a folder', { default: 'uri_folder' }),
    path: PATH,
    mode: optional(word('ro_mount', 'download', 'direct'), 'how it is given', {
      default: 'ro_mount',
    }),
    path_on_compute: ON_COMPUTE,
    datastore: DATASTORE,
  },
}

const modelInput: Table = {
  title: 'model input',
  unknown: 'reject',
  fields: {
    type: optional(word(...MODEL_TYPES), 'what kind of model'),
    path: PATH,
    mode: optional(word('ro_mount', 'download', 'direct'), 'how it is given', {
      default: 'ro_mount',
    }),
    datastore: DATASTORE,
  },
}

const tableInput: Table = {
  title: 'mltable input',
  unknown: 'reject',
  fields: {
    type: optional(word('mltable'), 'a folder with an MLTable file'),
    path: PATH,
    mode: optional(
      word('ro_mount', 'download', 'eval_mount', 'eval_download', 'direct'),
      'how it is given',
      { default: 'ro_mount' },
    ),
    path_on_compute: ON_COMPUTE,
    datastore: DATASTORE,
  },
}

export const inputTables: Readonly<Record<string, Table>> = {
  uri_file: dataInput,
  uri_folder: dataInput,
  mltable: tableInput,
  custom_model: modelInput,
  mlflow_model: modelInput,
  triton_model: modelInput,
}

const asTagged: FieldType = {
  kind: 'tagged',
  title: 'input',
  field: 'type',
  default: 'uri_folder',
  tables: Object.fromEntries(
    Object.entries(inputTables).map(([type, table]) => [type, () => table]),
  ),
}

const wrapped: Table = {
  title: 'literal with a key',
  unknown: 'reject',
  fields: { value: { type: literal, required: true, doc: 'the literal' } },
}

const input: FieldType = {
  kind: 'custom',
  like: {
    kind: 'choice',
    members: [asTagged, { kind: 'object', table: () => wrapped }, literal],
    pick: () => 0,
  },
  read: readInput,
}

export const outputTable: Table = {
  title: 'output',
  unknown: 'reject',
  fields: {
    type: optional(word('uri_file', 'uri_folder', 'mltable', ...MODEL_TYPES), 'what is written', {
      default: 'uri_folder',
    }),
    mode: optional(
      {
        kind: 'word',
        values: ['rw_mount', 'mount', 'upload', 'direct'],
      },
      'how it is written',
      { default: 'rw_mount' },
    ),
    path: optional(text, 'where it is written: an address below a datastore', {
      default: 'generated',
    }),
    name: optional(
      {
        kind: 'text',
        pattern: /^[A-Za-z0-9_-]{1,255}$/,
        shape: 'names of registered outputs are letters, digits, "_" and "-"',
      },
      'registers the output as an asset of this name',
    ),
    version: optional(version, 'version of that asset', { default: 'one more than the last' }),
    asset_id: readOnly('id of the asset that came of it'),
    is_partial: readOnly('whether its job failed before the end'),
  },
}

const asOutput: FieldType = mapOr({ kind: 'object', table: () => outputTable }, text)
const output: FieldType = { kind: 'custom', like: asOutput, read: readOutput }

export const inputs: FieldType = mapOf(input, {
  key: portKey,
  distinctIgnoringCase: 'input',
})
export const outputs: FieldType = mapOf(output, {
  key: portKey,
  nullable: true,
  nullMeans: {},
  distinctIgnoringCase: 'output',
})
