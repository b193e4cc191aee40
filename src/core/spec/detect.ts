import { childText, type YamlNode } from '../yaml/node.ts'
import type { SpecKind } from './kind.ts'
import { schemaKind } from './load.ts'

const OWN_COMPUTE_TYPES = new Set(['local', 'container', 'slurm', 'ssh'])

export interface DetectedKind {
  /** Undefined for a file that is of none of the kinds. */
  readonly kind: SpecKind | undefined
  /** False when only `$schema`, or little else, speaks for it. */
  readonly certain: boolean
}

const DATASTORE_TYPES = /^(azure_blob|azure_file|azure_data_lake_gen[12]|one_lake|hdfs)$/i
const COMPUTE_TYPES = new Set([
  'amlcompute',
  'computeinstance',
  'kubernetes',
  'virtualmachine',
  'synapsespark',
])

/** The kind of a file, told by its fields; `$schema` decides only where they leave it open. */
export function detectKind(root: YamlNode): DetectedKind {
  if (root.kind !== 'map') return { kind: undefined, certain: false }
  const byFields = kindOfFields(root)
  if (byFields !== undefined) return { kind: byFields, certain: true }
  const schema = childText(root, '$schema')
  const named = schema === undefined ? undefined : schemaKind(schema)
  return { kind: named ?? guess(root), certain: false }
}

/** Fields that only one kind has. */
function kindOfFields(root: YamlNode & { kind: 'map' }): SpecKind | undefined {
  const has = (...names: readonly string[]): boolean => names.every((name) => root.byName.has(name))
  const type = childText(root, 'type') ?? ''
  if (has('trigger') && (has('create_job') || has('create_monitor') || has('import_data')))
    return 'schedule'
  if (has('endpoint_name')) return isBatch(root, type) ? 'batch-deployment' : 'online-deployment'
  if (type === 'uri_file' || type === 'uri_folder' || type === 'mltable')
    return has('jobs') || has('source') ? undefined : 'data'
  if (type === 'custom_model' || type === 'mlflow_model' || type === 'triton_model') return 'model'
  if (DATASTORE_TYPES.test(type)) return 'datastore'
  if (COMPUTE_TYPES.has(type.toLowerCase())) return isDeployment(root) ? undefined : 'compute'
  if (has('name') && OWN_COMPUTE_TYPES.has(type)) return has('path') ? 'datastore' : 'compute'
  if (has('name', 'bucket') && type === 's3') return 'datastore'
  if (type === 'sweep' && has('trial')) return 'job'
  if (type === 'command' || type === 'pipeline' || type === 'parallel') return jobOrComponent(root)
  if (has('trial', 'objective')) return 'job'
  return undefined
}

function isDeployment(root: YamlNode & { kind: 'map' }): boolean {
  return ['code_configuration', 'instance_type', 'request_settings', 'model'].some((name) =>
    root.byName.has(name),
  )
}

function isBatch(root: YamlNode & { kind: 'map' }, type: string): boolean {
  if (type === 'model' || type === 'pipeline') return true
  const marks = [
    'mini_batch_size',
    'output_action',
    'output_file_name',
    'compute',
    'job_definition',
  ]
  return marks.some((name) => root.byName.has(name))
}

const JOB_ONLY = ['experiment_name', 'compute', 'settings', 'limits', 'services', 'identity']

const COMPONENT_ONLY = ['version', 'is_deterministic', 'additional_includes']

/** Jobs give values to their inputs, components declare types; fields that only one has decide first. */
function jobOrComponent(root: YamlNode & { kind: 'map' }): SpecKind | undefined {
  const schema = childText(root, '$schema')
  const named = schema === undefined ? undefined : schemaKind(schema)
  const ports = declaresPorts(root)
  if (ports === false && root.byName.has('version')) return undefined
  if (ports === false || root.byName.has('component')) return 'job'
  if (ports === true) return named === 'job' || isExperiment(root) ? 'job' : 'component'
  if (named === 'job' || named === 'component') return undefined
  if (childText(root, 'type') === 'parallel') return 'component'
  if (JOB_ONLY.some((name) => root.byName.has(name))) return 'job'
  if (COMPONENT_ONLY.some((name) => root.byName.has(name))) return 'component'
  return root.byName.has('name') ? undefined : 'job'
}

/** Only a job belongs to an experiment, though inputs whose values come later look like ports. */
function isExperiment(root: YamlNode & { kind: 'map' }): boolean {
  return root.byName.has('experiment_name') && !root.byName.has('version')
}

/** True when an input declares a port, false when one has a value, undefined when neither is told. */
function declaresPorts(root: YamlNode & { kind: 'map' }): boolean | undefined {
  const inputs = root.byName.get('inputs')?.value
  if (inputs?.kind !== 'map') return undefined
  const values = inputs.entries.map((entry) => entry.value)
  const hasValue = (value: YamlNode): boolean =>
    value.kind === 'scalar' ||
    (value.kind === 'map' && (value.byName.has('path') || value.byName.has('value')))
  if (values.some(hasValue)) return false
  return values.some((value) => value.kind === 'map' && value.byName.has('type')) || undefined
}

function guess(root: YamlNode & { kind: 'map' }): SpecKind | undefined {
  const has = (...names: readonly string[]): boolean => names.some((name) => root.byName.has(name))
  if (has('image', 'build', 'conda_file') && !has('command', 'jobs')) return 'environment'
  if (has('jobs', 'command')) return jobOrComponent(root) ?? 'job'
  if (has('auth_mode')) return has('defaults') ? 'batch-endpoint' : 'online-endpoint'
  if (has('traffic', 'public_network_access')) return 'online-endpoint'
  if (has('code_configuration', 'instance_type', 'request_settings', 'model')) {
    return has('mini_batch_size', 'output_action', 'compute')
      ? 'batch-deployment'
      : 'online-deployment'
  }
  if (has('flavors', 'stage')) return 'model'
  return has('path') ? 'data' : undefined
}
