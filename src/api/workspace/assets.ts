import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import type { BytesEntity } from '../../assets/create-bytes.ts'
import { findLineage } from '../../assets/lineage.ts'
import {
  deleteVersions,
  removeLabel,
  setArchived,
  setLabel,
  updateAssetEntity,
} from '../../assets/manage.ts'
import { splitDatastoreUri } from '../../assets/places.ts'
import { shareVersion } from '../../assets/share.ts'
import type { AssetKey } from '../../core/asset/kind.ts'
import type { ComponentEntity, EnvironmentEntity } from '../../core/entity.ts'
import { AmletError } from '../../core/errors.ts'
import type { Selector } from '../../core/refs/reference.ts'
import { type Fields, FileAnswer, type Route, route } from '../route.ts'
import type { Services } from '../services.ts'
import { readEntity, YAML_FIELDS, type YamlValues } from './read-entity.ts'
import { applyUpdate, UPDATE_FIELDS } from './update.ts'
import { validateFile } from './validate.ts'

type CreatedKind = 'data' | 'model' | 'environment' | 'component'

/** Segment of the path → kind. */
const COLLECTIONS: readonly (readonly [string, CreatedKind])[] = [
  ['data', 'data'],
  ['models', 'model'],
  ['environments', 'environment'],
  ['components', 'component'],
]

const REGISTRY = {
  registry_name: { type: 'string', doc: 'A registry, in place of the workspace' },
} as const satisfies Fields

const SELECTOR = {
  version: { type: 'string', doc: 'One version' },
  label: { type: 'string', doc: 'The version that a label points at' },
} as const satisfies Fields

/** Operations on data, models, environments and components. */
export function assetRoutes(services: Services): Route[] {
  return COLLECTIONS.flatMap(([collection, kind]) => {
    const base: Base = { services, collection, kind }
    return [...createRoutes(base), ...readRoutes(base), ...changeRoutes(base), ...labelRoutes(base)]
  })
}

interface Base {
  readonly services: Services
  readonly collection: string
  readonly kind: CreatedKind
}

function createRoutes({ services, collection, kind }: Base): Route[] {
  return [
    route({
      method: 'POST',
      path: `/${collection}`,
      summary: `Registers a version of a ${kind}; the same content again changes nothing`,
      body: YAML_FIELDS,
      status: 201,
      handler: ({ body, isLocalSocket }) => create(services, kind, { body, isLocalSocket }),
    }),
    route({
      method: 'POST',
      path: `/${collection}/validate`,
      summary: `Checks the file of a ${kind} and records nothing`,
      body: YAML_FIELDS,
      handler: ({ body, isLocalSocket }) => validateFile(kind, body, isLocalSocket),
    }),
  ]
}

async function create(
  { assets }: Services,
  kind: CreatedKind,
  { body, isLocalSocket }: { readonly body: YamlValues; readonly isLocalSocket: boolean },
): Promise<object> {
  const { in_place: inPlace, dry_run: _, ...params } = body.params ?? {}
  const read = await readEntity(kind, { ...body, params }, isLocalSocket)
  const entity = read.entity as BytesEntity | EnvironmentEntity | ComponentEntity
  const made = await assets.create(kind, entity, {
    sources: read.sources,
    strict: body.strict ?? false,
    ...(inPlace === true ? { inPlace } : {}),
    ...(body.registry === undefined ? {} : { registry: body.registry }),
  })
  return { ...made, warnings: [...read.warnings, ...made.warnings] }
}

function readRoutes({ services, collection, kind }: Base): Route[] {
  const { assets } = services
  return [
    route({
      method: 'GET',
      path: `/${collection}`,
      summary: `Names of all ${collection}, or with \`name\` the versions of one`,
      query: {
        ...REGISTRY,
        name: { type: 'string', doc: 'Lists the versions of this name' },
        max_results: { type: 'integer', doc: 'At most so many' },
        include_archived: { type: 'boolean', doc: 'Archived ones too' },
        archived_only: { type: 'boolean', doc: 'Archived ones alone' },
        stage: { type: 'string', doc: 'Only models of this stage' },
      },
      handler: ({ query }) => {
        const { name, registry_name: registry, stage, max_results: max } = query
        const archived = query.archived_only
          ? 'archived'
          : query.include_archived
            ? 'all'
            : 'active'
        const found = assets.list(kind, {
          archived,
          ...(name === undefined ? {} : { name }),
          ...(registry === undefined ? {} : { registry }),
        })
        const wanted = stage === undefined ? found : found.filter((view) => view['stage'] === stage)
        return { value: wanted.slice(0, max) }
      },
    }),
    route({
      method: 'GET',
      path: `/${collection}/{name}`,
      summary: `A name: its latest version, description and tags`,
      query: REGISTRY,
      handler: ({ params, query }) => assets.getContainer(keyOf(kind, params, query)),
    }),
    ...SELECTORS.flatMap(([segment, selectorOf]) => [
      route({
        method: 'GET',
        path: `/${collection}/{name}${segment}`,
        summary: `One version of a ${kind}`,
        query: REGISTRY,
        handler: ({ params, query }) => assets.get(keyOf(kind, params, query), selectorOf(params)),
      }),
      route({
        method: 'GET',
        path: `/${collection}/{name}${segment}/download`,
        summary: 'The files of one version, and how to fetch them',
        query: REGISTRY,
        handler: ({ params, query }) => ({
          files: listDownload(services, keyOf(kind, params, query), selectorOf(params)),
        }),
      }),
    ]),
    route({
      method: 'GET',
      path: `/${collection}/{name}/versions/{version}/files/{path*}`,
      summary: 'The bytes of one file of a version',
      query: REGISTRY,
      handler: ({ params, query }) => {
        const selector = { version: params['version'] ?? '' }
        return findAssetFile(
          services,
          { key: keyOf(kind, params, query), selector },
          params['path'] ?? '',
        )
      },
    }),
    route({
      method: 'GET',
      path: `/${collection}/{name}/versions/{version}/lineage`,
      summary: 'The job that made a version, and the jobs that read it',
      query: REGISTRY,
      handler: ({ params, query }) =>
        findLineage(assets.context, keyOf(kind, params, query), {
          version: params['version'] ?? '',
        }),
    }),
  ]
}

type Params = Readonly<Record<string, string>>

const SELECTORS: readonly (readonly [string, (params: Params) => Selector])[] = [
  ['/versions/{version}', ({ version = '' }) => ({ version })],
  ['/labels/{label}', ({ label = '' }) => ({ label })],
]

function keyOf(
  kind: CreatedKind,
  { name = '' }: Params,
  query: { registry_name?: string },
): AssetKey {
  return {
    kind,
    name,
    ...(query.registry_name === undefined ? {} : { registry: query.registry_name }),
  }
}

function changeRoutes({ services, collection, kind }: Base): Route[] {
  const { context } = services.assets
  const places = [['', () => ({})] as const, ...SELECTORS]
  const perPlace = places.flatMap(([segment, selectorOf]) => [
    route({
      method: 'PATCH',
      path: `/${collection}/{name}${segment}`,
      summary: 'Changes description, tags, properties or stage',
      query: REGISTRY,
      body: UPDATE_FIELDS,
      handler: async ({ params, query, body }) => {
        const key = keyOf(kind, params, query)
        const selector: Selector = selectorOf(params)
        const isName = selector.version === undefined && selector.label === undefined
        const shown = isName
          ? services.assets.getContainer(key)
          : services.assets.get(key, selector)
        const wanted = await applyUpdate(shown, body)
        return updateAssetEntity(context, key, { selector, wanted })
      },
    }),
    route({
      method: 'DELETE',
      path: `/${collection}/{name}${segment}`,
      summary: segment === '' ? 'Deletes every version of a name' : 'Deletes one version',
      query: REGISTRY,
      handler: ({ params, query }) => {
        deleteVersions(context, keyOf(kind, params, query), selectorOf(params))
      },
    }),
  ])
  const archiving = (['archive', 'restore'] as const).map((verb) =>
    route({
      method: 'POST',
      path: `/${collection}/{name}/${verb}`,
      summary: verb === 'archive' ? 'Leaves a version, or a name, out of lists' : 'Brings it back',
      query: REGISTRY,
      body: SELECTOR,
      handler: ({ params, query, body }) => {
        const archived = verb === 'archive'
        const selector = toSelector(body)
        setArchived(context, keyOf(kind, params, query), { selector, archived })
      },
    }),
  )
  return [...perPlace, ...archiving]
}

function toSelector({ version, label }: { version?: string; label?: string }): Selector {
  if (version !== undefined && label !== undefined)
    throw new AmletError({
      code: 'UsageError',
      message: `version ${version} and label ${label} cannot be given together`,
      hint: 'leave one of them out',
    })
  if (version !== undefined) return { version }
  return label === undefined ? {} : { label }
}

function labelRoutes({ services, collection, kind }: Base): Route[] {
  const { assets } = services
  return [
    route({
      method: 'PUT',
      path: `/${collection}/{name}/labels/{label}`,
      summary: 'Points a label at a version',
      query: REGISTRY,
      body: { version: { type: 'string', required: true, doc: 'The version' } },
      handler: ({ params, query, body }) => {
        const key = keyOf(kind, params, query)
        setLabel(assets.context, key, { label: params['label'] ?? '', version: body.version })
        return assets.get(key, { version: body.version })
      },
    }),
    route({
      method: 'DELETE',
      path: `/${collection}/{name}/label/{label}`,
      summary: 'Takes a label away; the version stays',
      query: REGISTRY,
      handler: ({ params, query }) =>
        removeLabel(assets.context, keyOf(kind, params, query), params['label'] ?? ''),
    }),
    route({
      method: 'POST',
      path: `/${collection}/{name}/share`,
      summary: 'Makes a version known in a registry; its bytes are shared',
      body: {
        version: { type: 'string', required: true, doc: 'The version' },
        registry_name: { type: 'string', required: true, doc: 'The registry' },
        share_with_name: { type: 'string', doc: 'Its name there' },
        share_with_version: { type: 'string', doc: 'Its version there' },
      },
      handler: ({ params, body }) => {
        const target = {
          registry: body.registry_name,
          name: body.share_with_name,
          version: body.share_with_version,
        }
        const key = keyOf(kind, params, {})
        const { row } = shareVersion(assets.context, key, {
          selector: { version: body.version },
          target,
        })
        const entity = assets.get(
          { kind, name: row.name, registry: body.registry_name },
          { version: row.version },
        )
        return { entity }
      },
    }),
  ]
}

interface AssetFile {
  readonly from: string
  readonly to: string
  readonly url: string
}

function listDownload(services: Services, key: AssetKey, selector: Selector): AssetFile[] {
  const place = placeOf(services, key, selector)
  const { version, name } = services.assets.find(key, selector)
  const collection = COLLECTIONS.find(([, kind]) => kind === key.kind)?.[0]
  const query = key.registry ? `?registry_name=${encodeURIComponent(key.registry)}` : ''
  const toUrl = (file: string) =>
    `/${collection}/${name}/versions/${version}/files/${file.split('/').map(encodeURIComponent).join('/')}${query}`
  if (statSync(place).isFile()) {
    const to = path.basename(place)
    return [{ from: place, to, url: toUrl(to) }]
  }
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .map((from) => ({
      from,
      to: path.relative(place, from),
      url: toUrl(path.relative(place, from)),
    }))
}

function placeOf({ assets, places }: Services, key: AssetKey, selector: Selector): string {
  const { uri, name, version } = assets.find(key, selector)
  if (uri?.startsWith('azureml://datastores/')) {
    const place = places.locate(uri)
    if (existsSync(place)) return place
    const { datastore, path: below } = splitDatastoreUri(uri)
    throw new AmletError({
      code: 'DataChanged',
      message: `the bytes of ${key.kind} ${name}:${version} are gone from datastore ${datastore} (${below})`,
    })
  }
  throw new AmletError({
    code: 'OperationNotSupported',
    message: `${key.kind} ${name}:${version} has no files here`,
    ...(uri ? { hint: `it is at ${uri}` } : {}),
  })
}

function findAssetFile(
  services: Services,
  { key, selector }: { readonly key: AssetKey; readonly selector: Selector },
  wanted: string,
): FileAnswer {
  const place = realpathSync(placeOf(services, key, selector))
  if (statSync(place).isFile() && wanted === path.basename(place)) return new FileAnswer(place)
  const file = path.join(place, wanted)
  const real = existsSync(file) ? realpathSync(file) : ''
  if (real.startsWith(`${place}${path.sep}`) && statSync(real).isFile()) return new FileAnswer(real)
  throw new AmletError({
    code: 'ResourceNotFound',
    message: `${key.kind} ${key.name} has no file "${wanted}"`,
  })
}
