import { availableParallelism, hostname, machine, totalmem } from 'node:os'
import {
  type ComputeEntity,
  createCompute,
  listComputeViews,
  removeCompute,
  setComputeRunning,
  showCompute,
} from '../../assets/compute-views.ts'
import {
  createDatastore,
  type DatastoreEntity,
  listDatastoreViews,
  removeDatastore,
  showDatastore,
} from '../../assets/datastores.ts'
import {
  createRegistry,
  listRegistryViews,
  type RegistryEntity,
  removeRegistry,
  showRegistry,
} from '../../assets/registries.ts'
import type { AssetView } from '../../assets/view.ts'
import type { SpecKind } from '../../core/spec/load.ts'
import { countRunning, listRunningOn } from '../../store/job-views.ts'
import { type Route, route } from '../route.ts'
import type { Services } from '../services.ts'
import type { SourceTree } from '../source-tree.ts'
import { PLACE_UPDATE_FIELDS, updatePlace } from './place-update.ts'
import { readPlain } from './plain-entity.ts'
import { readEntity, YAML_FIELDS, type YamlValues } from './read-entity.ts'
import { validateFile } from './validate.ts'
import { workspaceRoutes } from './workspaces.ts'

/** What the operations on one kind of place do. */
interface PlaceKind {
  readonly noun: string
  readonly collection: string
  /** Kind of its YAML file; absent where no schema is ours. */
  readonly spec?: SpecKind
  readonly create: (entity: Record<string, unknown>) => AssetView
  readonly show: (name: string) => AssetView
  readonly list: () => AssetView[]
  readonly remove: (name: string) => void
}

const PAGE = { max_results: { type: 'integer', doc: 'At most so many' } } as const
const TYPE = { type: { type: 'string', doc: 'Only those of this type' } } as const

/** Operations on datastores, computes, registries and the workspace. */
export function placeRoutes(services: Services): Route[] {
  return [
    ...kindsOf(services).flatMap((kind) => placeKindRoutes(services, kind)),
    ...computeRoutes(services),
    ...workspaceRoutes(services),
  ]
}

function kindsOf({ assets: { context } }: Services): PlaceKind[] {
  return [
    {
      noun: 'datastore',
      collection: 'datastores',
      spec: 'datastore',
      create: (entity) => createDatastore(context, entity as unknown as DatastoreEntity),
      show: (name) => showDatastore(context, name),
      list: () => listDatastoreViews(context),
      remove: (name) => removeDatastore(context, name),
    },
    {
      noun: 'compute',
      collection: 'computes',
      spec: 'compute',
      create: (entity) => createCompute(context, entity as unknown as ComputeEntity),
      show: (name) => showCompute(context, name),
      list: () => listComputeViews(context),
      remove: (name) => removeCompute(context, name),
    },
    {
      noun: 'registry',
      collection: 'registries',
      create: (entity) => createRegistry(context, entity as unknown as RegistryEntity),
      show: (name) => showRegistry(context, name),
      list: () => listRegistryViews(context),
      remove: (name) => removeRegistry(context, name),
    },
  ]
}

function placeKindRoutes(
  services: Services,
  { noun, collection, spec, create, show, list, remove }: PlaceKind,
): Route[] {
  const read = (body: YamlValues, tree: SourceTree) =>
    spec === undefined ? readPlain(body, tree) : readEntity(spec, body, tree)
  return [
    route({
      method: 'POST',
      path: `/${collection}`,
      summary: `Defines a ${noun}, in place of the one of that name`,
      body: YAML_FIELDS,
      status: 201,
      handler: async ({ body, tree }) => {
        const { entity, warnings } = await read(body, tree)
        return { entity: create(entity), created: true, warnings }
      },
    }),
    ...(spec === undefined
      ? []
      : [
          route({
            method: 'POST',
            path: `/${collection}/validate`,
            summary: `Checks the file of a ${noun} and records nothing`,
            body: YAML_FIELDS,
            handler: (request) => validateFile(services, spec, request),
          }),
        ]),
    route({
      method: 'GET',
      path: `/${collection}`,
      summary: `All ${collection}`,
      query: { ...PAGE, ...TYPE },
      handler: ({ query }) => {
        const { type, max_results: max } = query
        const isWanted = (view: AssetView) =>
          type === undefined || String(view['type']).toLowerCase() === type.toLowerCase()
        return { value: list().filter(isWanted).slice(0, max) }
      },
    }),
    route({
      method: 'GET',
      path: `/${collection}/{name}`,
      summary: `One ${noun}`,
      handler: ({ params }) => show(params['name'] ?? ''),
    }),
    route({
      method: 'PATCH',
      path: `/${collection}/{name}`,
      summary: `Changes a ${noun}`,
      body: PLACE_UPDATE_FIELDS,
      handler: async ({ params, body, tree }) => {
        const name = params['name'] ?? ''
        const after = await updatePlace(show(name), body, (yaml) => read(yaml, tree))
        return create({ ...after, name })
      },
    }),
    route({
      method: 'DELETE',
      path: `/${collection}/{name}`,
      summary: `Forgets a ${noun}`,
      handler: ({ params }) => remove(params['name'] ?? ''),
    }),
  ]
}

function computeRoutes({ assets: { context }, db, engine }: Services): Route[] {
  const setRunning = (verb: 'start' | 'stop' | 'restart') =>
    route({
      method: 'POST',
      path: `/computes/{name}/${verb}`,
      summary: verb === 'stop' ? 'Starts no more jobs there' : 'Starts the jobs that wait there',
      handler: ({ params }) => {
        const view = setComputeRunning(context, params['name'] ?? '', verb !== 'stop')
        engine.noteComputes()
        return view
      },
    })
  return [
    setRunning('start'),
    setRunning('stop'),
    setRunning('restart'),
    route({
      method: 'GET',
      path: '/computes/{name}/nodes',
      summary: 'The machines of a compute, and how many jobs run there',
      handler: ({ params }) => {
        const { name } = showCompute(context, params['name'] ?? '')
        return { value: [nodeOf(db, String(name))] }
      },
    }),
    route({
      method: 'GET',
      path: '/computes-sizes',
      summary: 'What a compute of this machine has',
      handler: () => ({ value: [sizeOfMachine()] }),
    }),
    route({
      method: 'GET',
      path: '/computes-usage',
      summary: 'What computes of this machine use',
      handler: () => ({ value: [usageOf(db)] }),
    }),
  ]
}

function nodeOf(db: Services['db'], compute: string) {
  const running = listRunningOn(db, compute)
  return {
    node_id: hostname(),
    node_state: running.length > 0 ? 'running' : 'idle',
    private_ip_address: '127.0.0.1',
    running_jobs: running,
  }
}

function sizeOfMachine() {
  return {
    name: 'local',
    family: machine(),
    v_cp_us: availableParallelism(),
    gpus: 0,
    os_vhd_size_mb: 0,
    max_resource_volume_mb: 0,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    low_priority_capable: false,
    premium_io: false,
    supported_compute_types: ['local'],
  }
}

function usageOf(db: Services['db']) {
  return {
    aml_workspace_location: 'local',
    type: 'jobs',
    unit: 'Count',
    current_value: countRunning(db),
    limit: availableParallelism(),
    name: 'Running jobs',
  }
}
