import { checkCommandText } from '../command.ts'
import { warnAboutCount } from '../component-rule.ts'
import { readConda } from '../conda.ts'
import { checkEnvironment } from '../environment-rule.ts'
import { readEnvironment } from '../environment-value.ts'
import {
  anything,
  boolean,
  count,
  type Field,
  type FieldType,
  integer,
  listOf,
  mapOf,
  mapOr,
  object,
  optional,
  type ReferenceType,
  readOnly,
  required,
  type Table,
  type TaggedType,
  type TextType,
  text,
  version,
  word,
  words,
} from '../field.ts'
import { readVariable } from '../variable.ts'
import { environmentSlips, resourceSlips } from './slips.ts'

/** A name that becomes part of ids and paths. */
export const resourceName: TextType = {
  kind: 'text',
  pattern: /^[A-Za-z0-9][\w.-]{0,254}$/,
  shape:
    'names are letters, digits, "-", "_" and ".", begin with a letter or digit and have 255 characters at most',
}

export const assetName: TextType = { ...resourceName, mayBePlaceholder: true }

/** The names of inputs and outputs of jobs. */
export const portKey = {
  pattern: /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/,
  shape: 'names of inputs and outputs are letters, digits and "_", and do not begin with a digit',
}

/** Strings only, and `null`: tags and properties of jobs. */
export const jobTags: FieldType = mapOf(text, { nullable: true })
/** Whatever is given; numbers become text. Tags of assets and endpoints. */
export const looseTags: FieldType = mapOf(anything)

export const compute: ReferenceType = {
  kind: 'reference',
  of: 'compute',
  bare: true,
  plainName: true,
  words: ['local', 'serverless'],
}

const creationFields: Readonly<Record<string, Field>> = {
  id: readOnly('id given by the service'),
  creation_context: readOnly('who made it and when'),
  provisioning_state: readOnly('how far its creation is'),
}

/** What `show` adds to an asset, so that its YAML can be created again. */
export const shownAssetFields: Readonly<Record<string, Field>> = {
  id: readOnly('id given by the service'),
  asset_id: readOnly('its Asset ID'),
  creation_context: readOnly('who made it and when'),
  latest_version: readOnly('the last version'),
  labels: readOnly('labels that name this version'),
  used_by: readOnly('jobs that read it'),
  made_by: readOnly('the job whose output it was'),
  archived: readOnly('whether lists leave it out'),
  file_count: readOnly('number of its files'),
  size_bytes: readOnly('bytes of its files'),
  content_hash: readOnly('hash of its files'),
  single_file: readOnly('name of its only file'),
  in_place: readOnly('whether it was left where it was'),
}

const identityTables = {
  managed: (): Table => managedIdentity,
  aml_token: (): Table => plainIdentity,
  user_identity: (): Table => plainIdentity,
}
const managedIdentity: Table = {
  title: 'managed identity',
  unknown: 'reject',
  fields: {
    type: required(word('managed', 'managed_identity'), 'the kind of identity'),
    client_id: optional(text, 'client id of the identity'),
    object_id: optional(text, 'object id of the identity'),
    msi_resource_id: optional(text, 'resource id of the identity'),
  },
}
const plainIdentity: Table = {
  title: 'identity',
  unknown: 'reject',
  fields: { type: required(word('aml_token', 'user_identity'), 'the kind of identity') },
}
export const identity: TaggedType = {
  kind: 'tagged',
  title: 'identity',
  field: 'type',
  tables: identityTables,
  aliases: { managed_identity: 'managed' },
}

const service: Table = {
  title: 'service',
  unknown: 'reject',
  fields: {
    type: optional(text, 'ssh, jupyter_lab, tensor_board, vs_code or a word of your own'),
    port: optional(integer, 'port of the service'),
    nodes: optional(text, '"all", or the nodes it runs on'),
    properties: optional(mapOf(anything), 'settings of the service'),
    ssh_public_keys: optional(text, 'keys that may log in'),
    log_dir: optional(text, 'folder that TensorBoard reads'),
    endpoint: readOnly('address of the service'),
    status: readOnly('status of the service'),
    error_message: readOnly('what went wrong'),
  },
}

/** Fields of every job. */
export const jobFields: Readonly<Record<string, Field>> = {
  name: optional(resourceName, 'the name of the job, unique in the workspace', {
    default: 'generated',
  }),
  display_name: optional(text, 'the name that is shown', { default: 'the name' }),
  description: optional(text, 'what the job is for'),
  experiment_name: optional(text, 'the experiment it belongs to', {
    default: 'the name of the current folder',
  }),
  tags: optional(jobTags, 'labels of your own'),
  properties: optional(jobTags, 'properties of your own'),
  compute: optional(compute, 'where it runs', { default: "the workspace's default compute" }),
  identity: optional(identity, 'recorded; amlet runs jobs as the user that runs its server'),
  services: optional(mapOf(object(() => service)), 'recorded'),
  id: readOnly('id given by the service'),
  status: readOnly('status of the job'),
  creation_context: readOnly('who made it and when'),
  log_files: readOnly('log files of the job'),
  parameters: readOnly('literal inputs'),
  reason: readOnly('why it is in its status'),
  error: readOnly('why it failed'),
  reused_from: readOnly('the job whose results it took over'),
  start_time: readOnly('when its process started'),
  end_time: readOnly('when it ended'),
  attempts: readOnly('how often it was tried'),
  children: readOnly('number of children by status'),
  is_archived: readOnly('whether lists leave it out'),
  trials: readOnly('trials of a sweep'),
  best_trial: readOnly('the best trial of a sweep'),
  best_metric: readOnly('what the best trial reached'),
  progress: readOnly('how far a parallel job is'),
  metrics: readOnly('last values of its metrics'),
}

const route: Table = {
  title: 'route',
  unknown: 'reject',
  fields: {
    port: required(integer, 'the port'),
    path: required(text, 'the path'),
  },
}
const inferenceConfig: Table = {
  title: 'inference config',
  unknown: 'reject',
  fields: {
    liveness_route: required(
      object(() => route),
      'where to ask whether the server lives',
    ),
    readiness_route: required(
      object(() => route),
      'where to ask whether the server is ready',
    ),
    scoring_route: required(
      object(() => route),
      'where to send data',
    ),
  },
}
const build: Table = {
  title: 'build context',
  unknown: 'reject',
  fields: {
    path: required(
      { kind: 'path', must: 'exist', orUrl: true, what: 'build context' },
      'the folder that holds the Dockerfile',
    ),
    dockerfile_path: optional(text, 'the Dockerfile within it', { default: 'Dockerfile' }),
  },
}

export const environmentFields: Readonly<Record<string, Field>> = {
  ...creationFields,
  ...shownAssetFields,
  name: optional(text, 'the name of the environment'),
  version: optional(version, 'the version', { default: 'one more than the last' }),
  description: optional(text, 'what the environment is for'),
  tags: optional(looseTags, 'labels of your own'),
  properties: optional(looseTags, 'properties of your own'),
  image: optional(words, 'the image that it is, or that conda_file is added to'),
  build: optional(
    object(() => build),
    'a folder with a Dockerfile, instead of image',
  ),
  conda_file: optional(
    { kind: 'custom', like: mapOr(mapOf(anything), text), read: readConda },
    'a conda file, or its content',
  ),
  inference_config: optional(
    object(() => inferenceConfig),
    'how a model server in it is asked',
  ),
  os_type: optional(word('linux', 'windows'), 'the operating system', { default: 'linux' }),
  datastore: optional(text, 'where the build context is kept'),
  auto_delete_setting: optional(anything, 'recorded'),
  latest_version: readOnly('the last version'),
  intellectual_property: readOnly('recorded by the service'),
}

const inlineEnvironment: Table = {
  title: 'environment',
  slips: environmentSlips,
  unknown: 'reject',
  fields: environmentFields,
  rule: checkEnvironment,
}

/** An environment as a job or component names it: a reference, or the environment itself. */
const environmentReference: ReferenceType = { kind: 'reference', of: 'environment', bare: true }
export const environment: FieldType = {
  kind: 'custom',
  like: mapOr(
    object(() => inlineEnvironment),
    environmentReference,
  ),
  read: (place) => readEnvironment(place, inlineEnvironment, environmentReference),
}

const jobResources: Readonly<Record<string, Field>> = {
  instance_count: optional(count, 'how many nodes', { default: '1' }),
  instance_type: optional(
    text,
    'size of a node: one of the `instance_types` of the compute; where it defines none, recorded',
  ),
  shm_size: optional(text, 'shared memory of a container', { default: '2g' }),
  docker_args: optional(
    {
      kind: 'choice',
      members: [listOf(text), text],
      pick: (node) => (node.kind === 'seq' ? 0 : 1),
    },
    'more arguments of the container engine',
  ),
  locations: optional(listOf(text), 'recorded'),
  max_instance_count: optional(count, 'how many nodes at most'),
  properties: optional(
    mapOf(anything),
    '`cpus`, `gpus` and `memory` of each node are asked of this machine; the rest is recorded',
  ),
}
export const resources: Table = {
  title: 'resources',
  unknown: 'reject',
  slips: resourceSlips,
  fields: jobResources,
}
/** Resources of a component: Azure passes over unknown keys. */
export const componentResources: Table = {
  title: 'resources',
  unknown: 'drop',
  fields: {
    ...jobResources,
    instance_count: optional(integer, 'how many nodes', { default: '1' }),
  },
  rule: warnAboutCount,
}

export const queueSettings: Table = {
  title: 'queue settings',
  unknown: 'reject',
  fields: {
    job_tier: optional(word('spot', 'basic', 'standard', 'premium', 'null'), 'recorded'),
    priority: optional(word('low', 'medium', 'high'), 'which waiting job comes first'),
  },
}

const processes: Field = optional(count, 'processes on each node', { default: '1' })
const distributionTables: TaggedType['tables'] = {
  pytorch: () => ({
    title: 'pytorch distribution',
    unknown: 'reject',
    fields: {
      type: required(word('pytorch'), 'the framework'),
      process_count_per_instance: processes,
    },
  }),
  mpi: () => ({
    title: 'mpi distribution',
    unknown: 'reject',
    fields: { type: required(word('mpi'), 'the framework'), process_count_per_instance: processes },
  }),
  tensorflow: () => ({
    title: 'tensorflow distribution',
    unknown: 'reject',
    fields: {
      type: required(word('tensorflow'), 'the framework'),
      worker_count: optional(count, 'how many workers', { default: 'instance_count' }),
      parameter_server_count: optional({ kind: 'integer', min: 0 }, 'how many parameter servers', {
        fill: 0,
      }),
    },
  }),
  ray: () => ray,
}
const ray: Table = {
  title: 'ray distribution',
  unknown: 'reject',
  fields: {
    type: required(word('ray'), 'the framework'),
    port: optional(integer, 'port of the head node'),
    address: optional(text, 'address of a cluster that exists'),
    include_dashboard: optional(boolean, 'whether the dashboard runs'),
    dashboard_port: optional(integer, 'port of the dashboard'),
    head_node_additional_args: optional(text, 'more arguments of ray start on the head'),
    worker_node_additional_args: optional(text, 'more arguments of ray start on the workers'),
  },
}
export const distribution: TaggedType = {
  kind: 'tagged',
  title: 'distribution',
  field: 'type',
  tables: distributionTables,
}

export const commandText: TextType = { kind: 'text', check: checkCommandText }

export const code: FieldType = {
  kind: 'path',
  must: 'exist',
  orReference: 'code',
  orUrl: true,
  what: 'code folder or file',
}

/** Values of any scalar type; they reach the process as text. */
const variable: FieldType = { kind: 'custom', like: { kind: 'literal' }, read: readVariable }
export const environmentVariables: FieldType = mapOf(variable, { keys: 'any' })

/** The fields of what is run, in jobs and components alike. */
export const commandFields: Readonly<Record<string, Field>> = {
  command: required(commandText, 'what bash runs, with ${{inputs.x}} and ${{outputs.y}}'),
  environment: required(environment, 'what it runs in'),
  code: optional(code, 'the folder that is copied to where it runs'),
  environment_variables: optional(environmentVariables, 'variables of the process'),
  distribution: optional(distribution, 'how processes on several nodes find one another'),
  resources: optional(
    object(() => resources),
    'how much it gets',
  ),
  queue_settings: optional(
    object(() => queueSettings),
    'how it is queued',
  ),
}
