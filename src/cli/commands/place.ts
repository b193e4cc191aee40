import { resolve } from 'node:path'
import type { Diagnostic } from '../../core/errors.ts'
import type { Args } from '../grammar/args.ts'
import type { Run } from '../grammar/command.ts'
import { UsageError } from '../grammar/usage-error.ts'
import type { Columns } from '../output/outcome.ts'
import { confirm } from './confirm.ts'
import { printWarnings } from './notes.ts'
import { apiPath } from './paths.ts'
import { updateBody } from './update-body.ts'
import { dropUndefined, readPairs, yamlBody } from './yaml-body.ts'

type Entity = Readonly<Record<string, unknown>>

const COLLECTIONS: Readonly<Record<string, string>> = {
  datastore: 'datastores',
  compute: 'computes',
  schedule: 'schedules',
  workspace: 'workspaces',
  registry: 'registries',
}

const NAME: Columns[number] = ['name', (row) => row['name']]
const DESCRIPTION: Columns[number] = ['description', (row) => row['description']]
const LOCATION: Columns[number] = ['location', (row) => row['location']]

const COLUMNS: Readonly<Record<string, Columns>> = {
  datastore: [
    NAME,
    ['storage type', (row) => row['type']],
    ['storage account name', (row) => row['account_name'] ?? row['path'] ?? ''],
  ],
  compute: [
    NAME,
    ['compute type', (row) => row['type']],
    ['state', (row) => row['state'] ?? row['provisioning_state']],
    ['Instance type', (row) => row['size'] ?? ''],
  ],
  schedule: [
    NAME,
    DESCRIPTION,
    ['is_enabled', (row) => row['is_enabled']],
    ['provisioning_state', (row) => row['provisioning_state']],
  ],
  workspace: [NAME, LOCATION, DESCRIPTION],
  registry: [NAME, LOCATION, ['managed locations', managedLocations], DESCRIPTION],
}

function managedLocations(row: Entity): string {
  const locations = (row['replication_locations'] ?? []) as readonly { location?: string }[]
  return locations.map(({ location }) => location ?? '').join(', ')
}

function collection(kind: string): string {
  return `/${COLLECTIONS[kind] ?? kind}`
}

/** Options of a create that become fields of the entity. */
const FIELDS: Readonly<Record<string, string>> = {
  name: 'name',
  type: 'type',
  path: 'path',
  description: 'description',
  'display-name': 'display_name',
  size: 'size',
  'min-instances': 'min_instances',
  'max-instances': 'max_instances',
  'idle-time-before-scale-down': 'idle_time_before_scale_down',
  namespace: 'namespace',
  'resource-id': 'resource_id',
  'ssh-port': 'ssh_port',
  'ssh-private-key-file': 'ssh_private_key_file',
  location: 'location',
}

const NUMBERS = new Set([
  'min-instances',
  'max-instances',
  'idle-time-before-scale-down',
  'ssh-port',
])

function fieldsOf(args: Args): Record<string, unknown> {
  const typed = Object.entries(FIELDS)
    .filter(([option]) => args.knows(option))
    .map(([option, field]) => [
      field,
      NUMBERS.has(option) ? args.number(option) : args.text(option),
    ])
  const tags = args.knows('tags') ? readPairs(args.list('tags')) : undefined
  return { ...Object.fromEntries(typed), tags }
}

/** A datastore made by options alone is a folder, told from where the command runs. */
function datastoreFields(kind: string, args: Args, cwd: string): Record<string, unknown> {
  if (kind !== 'datastore') return {}
  const path = args.knows('path') ? args.text('path') : undefined
  return {
    ...(args.has('file') ? {} : { type: 'local' }),
    ...(path === undefined ? {} : { path: resolve(cwd, path) }),
  }
}

export const createPlace =
  (kind: string): Run =>
  async (context, args) => {
    if (!args.has('file') && !args.has('name'))
      throw new UsageError('the following arguments are required: --file/-f, or --name/-n')
    if (kind === 'datastore' && !args.has('file') && !(args.knows('path') && args.has('path')))
      throw new UsageError(
        'the following arguments are required: --file/-f, or --name/-n and --path',
      )
    const client = await context.connect()
    const own = datastoreFields(kind, args, context.cwd)
    const params = { ...dropUndefined(fieldsOf(args)), ...own }
    const body = yamlBody(args, context, { params, isLocal: client.isLocal })
    const { entity, warnings } = await client.post<{
      readonly entity: Entity
      readonly warnings?: readonly Diagnostic[]
    }>(collection(kind), body)
    printWarnings(context, warnings)
    return { value: entity }
  }

export const showPlace =
  (kind: string): Run =>
  async (context, args) => {
    const client = await context.connect()
    const name = args.text('name') ?? (kind === 'workspace' ? 'default' : '')
    const table = kind === 'registry' ? COLUMNS['registry'] : undefined
    const value = await client.get<Entity>(collection(kind) + apiPath(name))
    return { value, ...(table === undefined ? {} : { table }) }
  }

export const listPlaces =
  (kind: string): Run =>
  async (context, args) => {
    const client = await context.connect()
    const query = {
      max_results: args.number('max-results'),
      type: args.knows('type') ? args.text('type') : undefined,
      include_disabled: args.knows('include-disabled')
        ? args.isOn('include-disabled') || undefined
        : undefined,
      disabled_only: args.knows('disabled-only')
        ? args.isOn('disabled-only') || undefined
        : undefined,
    }
    const { value } = await client.get<{ value: readonly Entity[] }>(collection(kind), { query })
    const table = COLUMNS[kind]
    return { value, ...(table === undefined ? {} : { table }) }
  }

/** With a file the place is defined anew, without one its fields change. */
export const updatePlace =
  (kind: string): Run =>
  async (context, args) => {
    if (args.knows('file') && args.has('file')) return createPlace(kind)(context, args)
    const name = args.text('name') ?? (kind === 'workspace' ? 'default' : undefined)
    if (name === undefined) throw new UsageError('the following arguments are required: --name/-n')
    const client = await context.connect()
    const { name: _, ...fields } = fieldsOf(args)
    const body = updateBody(args, dropUndefined(fields))
    return { value: await client.patch(collection(kind) + apiPath(name), body) }
  }

export const deletePlace =
  (kind: string): Run =>
  async (context, args) => {
    if (args.knows('yes')) await confirm(args, context)
    const client = await context.connect()
    await client.delete(collection(kind) + apiPath(args.need('name')))
    return {}
  }

/** `compute stop`, `schedule enable`, `schedule trigger`: prints what the server answers, if anything. */
export const actOnPlace =
  (kind: string, verb: string): Run =>
  async (context, args) => {
    const client = await context.connect()
    const value = await client.post(collection(kind) + apiPath(args.need('name'), verb))
    return verb === 'trigger' ? { value } : {}
  }

export const listNodes: Run = async (context, args) => {
  const client = await context.connect()
  const path = `${collection('compute')}${apiPath(args.need('name'))}/nodes`
  const { value } = await client.get<{ value: readonly Entity[] }>(path)
  return { value }
}

export const listSizes: Run = async (context) => {
  const client = await context.connect()
  const { value } = await client.get<{ value: readonly Entity[] }>('/computes-sizes')
  return { value, table: SIZE_COLUMNS }
}

export const listUsage: Run = async (context) => {
  const client = await context.connect()
  const { value } = await client.get<{ value: readonly Entity[] }>('/computes-usage')
  return { value, table: USAGE_COLUMNS }
}

function plain(...keys: readonly string[]): Columns {
  return keys.map((key) => [key, (row) => row[key]])
}

const SIZE_COLUMNS = plain(
  'name',
  'family',
  'v_cp_us',
  'gpus',
  'os_vhd_size_mb',
  'max_resource_volume_mb',
  'memory_gb',
  'low_priority_capable',
  'premium_io',
  'supported_compute_types',
)

const USAGE_COLUMNS = plain(
  'aml_workspace_location',
  'type',
  'unit',
  'current_value',
  'limit',
  'name',
)
