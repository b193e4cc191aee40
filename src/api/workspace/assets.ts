import type { BytesEntity } from '../../assets/create-bytes.ts'
import type { AssetView } from '../../assets/view.ts'
import type { AssetKey } from '../../core/asset/kind.ts'
import type { ComponentEntity, EnvironmentEntity } from '../../core/entity.ts'
import { AmletError } from '../../core/errors.ts'
import type { Selector } from '../../core/refs/reference.ts'
import { type ApiRequest, type Fields, JsonText, type Route, route, type Values } from '../route.ts'
import type { Services } from '../services.ts'
import type { SourceTree } from '../source-tree.ts'
import { findAssetFile, listAssetFiles } from './asset-files.ts'
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

const LIST_QUERY = {
  ...REGISTRY,
  name: { type: 'string', doc: 'Lists the versions of this name' },
  max_results: { type: 'integer', doc: 'At most so many' },
  include_archived: { type: 'boolean', doc: 'Archived ones too' },
  archived_only: { type: 'boolean', doc: 'Archived ones alone' },
  stage: { type: 'string', doc: 'Only models of this stage' },
} as const satisfies Fields

type ListQuery = Values<typeof LIST_QUERY>

/** Operations on data, models, environments and components. */
export function assetRoutes(services: Services): Route[] {
  return COLLECTIONS.flatMap(([collection, kind]) => {
    const base: Base = { services, collection, kind }
    return [
      ...createRoutes(base),
      ...readRoutes(base),
      ...versionRoutes(base),
      ...changeRoutes(base),
      ...labelRoutes(base),
    ]
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
      handler: ({ body, tree, signal }) => create(services, kind, { body, tree, signal }),
    }),
    route({
      method: 'POST',
      path: `/${collection}/validate`,
      summary: `Checks the file of a ${kind} and records nothing`,
      body: YAML_FIELDS,
      handler: (request) => validateFile(services, kind, request),
    }),
  ]
}

async function create(
  { assets, reads }: Services,
  kind: CreatedKind,
  {
    body,
    tree,
    signal,
  }: Pick<ApiRequest, 'signal'> & {
    readonly body: YamlValues
    readonly tree: SourceTree
  },
): Promise<object> {
  const { in_place: inPlace, dry_run: dryRun, ...params } = body.params ?? {}
  const read = await readEntity(kind, { ...body, params }, tree)
  const entity = read.entity as BytesEntity | EnvironmentEntity | ComponentEntity
  const request = {
    sources: read.sources,
    strict: body.strict ?? false,
    ...(inPlace === true ? { inPlace } : {}),
    ...(dryRun === true ? { dryRun } : {}),
    ...(body.registry === undefined ? {} : { registry: body.registry }),
  }
  const made = await reads.during({ name: body.progress, signal }, (progress) =>
    assets.create(kind, entity, { ...request, progress }),
  )
  return { ...made, warnings: [...read.warnings, ...made.warnings] }
}

function readRoutes({ services, collection, kind }: Base): Route[] {
  const { assets } = services
  return [
    route({
      method: 'GET',
      path: `/${collection}`,
      summary: `Names of all ${collection}, or with \`name\` the versions of one`,
      query: LIST_QUERY,
      handler: ({ query }) =>
        query.name === undefined
          ? { value: listNames(assets, kind, query) }
          : JsonText.ofPagesInTurn(pagesOf(assets, kind, { ...query, name: query.name })),
    }),
    route({
      method: 'GET',
      path: `/${collection}/{name}`,
      summary: `A name: its latest version, description and tags`,
      query: REGISTRY,
      handler: ({ params, query }) => assets.getContainer(keyOf(kind, params, query)),
    }),
  ]
}

function toListRequest(query: ListQuery) {
  const { registry_name: registry, archived_only: isOnly, include_archived: isAll } = query
  const archived = isOnly ? 'archived' : isAll ? 'all' : 'active'
  return { archived, ...(registry === undefined ? {} : { registry }) } as const
}

/** Names; with a stage those that have a version in it. */
function listNames(assets: Services['assets'], kind: CreatedKind, query: ListQuery) {
  const { stage, max_results: max } = query
  const names = assets.list(kind, toListRequest(query))
  if (stage === undefined) return names.slice(0, max)
  const isInStage = (view: AssetView): boolean => {
    const versions = pagesOf(assets, kind, { ...query, name: String(view['name']), max_results: 1 })
    return [...versions].flat().length > 0
  }
  return names.filter(isInStage).slice(0, max)
}

/** The versions of one name, read only as far as they are wanted. */
function* pagesOf(
  assets: Services['assets'],
  kind: CreatedKind,
  query: ListQuery & { readonly name: string },
): Generator<readonly AssetView[]> {
  const { name, stage, max_results: max = Number.MAX_SAFE_INTEGER } = query
  let left = max
  for (const page of assets.pagesOf(kind, { ...toListRequest(query), name })) {
    const found = stage === undefined ? page : page.filter((view) => view['stage'] === stage)
    yield found.slice(0, left)
    left -= found.length
    if (left <= 0) return
  }
}

function versionRoutes({ services, collection, kind }: Base): Route[] {
  const { assets } = services
  return [
    ...SELECTORS.flatMap(([segment, selectorOf]) => [
      route({
        method: 'GET',
        path: `/${collection}/{name}${segment}`,
        summary: `One version of a ${kind}`,
        query: REGISTRY,
        handler: ({ params, query }) =>
          assets.getWithLineage(keyOf(kind, params, query), selectorOf(params)),
      }),
      route({
        method: 'GET',
        path: `/${collection}/{name}${segment}/download`,
        summary: 'The files of one version, and how to fetch them',
        query: REGISTRY,
        handler: async ({ params, query }) => {
          const wanted = {
            key: keyOf(kind, params, query),
            selector: selectorOf(params),
            collection,
          }
          return { files: await listAssetFiles(services, wanted) }
        },
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
        assets.lineage(keyOf(kind, params, query), { version: params['version'] ?? '' }),
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
  const { assets } = services
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
        const shown = isName ? assets.getContainer(key) : assets.get(key, selector)
        const wanted = await applyUpdate(shown, body)
        return assets.update(key, selector, wanted)
      },
    }),
    route({
      method: 'DELETE',
      path: `/${collection}/{name}${segment}`,
      summary: segment === '' ? 'Deletes every version of a name' : 'Deletes one version',
      query: REGISTRY,
      handler: ({ params, query }) => {
        assets.delete(keyOf(kind, params, query), selectorOf(params))
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
        assets[verb](keyOf(kind, params, query), toSelector(body))
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
        assets.setLabel(key, params['label'] ?? '', body.version)
        return assets.get(key, { version: body.version })
      },
    }),
    route({
      method: 'DELETE',
      path: `/${collection}/{name}/label/{label}`,
      summary: 'Takes a label away; the version stays',
      query: REGISTRY,
      handler: ({ params, query }) =>
        assets.removeLabel(keyOf(kind, params, query), params['label'] ?? ''),
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
        const entity = assets.share(key, { version: body.version }, target)
        return { entity }
      },
    }),
  ]
}
