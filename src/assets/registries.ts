import { AmletError } from '../core/errors.ts'
import { ASSET_KINDS } from '../core/refs/reference.ts'
import { listAssets } from '../store/assets.ts'
import {
  deleteRegistry,
  getRegistry,
  listRegistries,
  type RegistryRow,
  recordRegistry,
} from '../store/registries.ts'
import { readSetting, writeSetting } from '../store/settings.ts'
import type { Context } from './context.ts'
import { BUILT_IN_REGISTRY } from './curated.ts'
import { readOnlyRegistry, unknownRegistry } from './not-found.ts'
import type { AssetView } from './view.ts'

export interface RegistryEntity {
  readonly name: string
  readonly display_name?: string
  readonly description?: string
  readonly tags?: Readonly<Record<string, string>>
}

/** Makes a registry on this server, or changes its description and tags. */
export function createRegistry(ctx: Context, entity: RegistryEntity): AssetView {
  const { name, display_name: displayName, description, tags = {} } = entity
  if (name === BUILT_IN_REGISTRY) throw readOnlyRegistry(name)
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{1,32}$/.test(name))
    throw new AmletError({
      code: 'InvalidValue',
      message: `"${name.slice(0, 80)}" cannot be the name of a registry`,
      hint: 'use 2 to 33 letters, digits, "_" and "-"',
    })
  const createdMs = getRegistry(ctx.db, name)?.createdMs ?? ctx.now()
  recordRegistry(ctx.db, { name, createdMs, description: description ?? null, tags })
  writeSetting(ctx.db, displayNameKey(name), displayName ?? '')
  return showRegistry(ctx, name)
}

/** @throws AmletError `ResourceNotFound`. */
export function showRegistry(ctx: Context, name: string): AssetView {
  if (name === BUILT_IN_REGISTRY) return builtIn(ctx)
  const row = getRegistry(ctx.db, name)
  if (row !== undefined) return view(ctx, row)
  const names = listRegistries(ctx.db).map((known) => known.name)
  throw unknownRegistry(name, names)
}

export function listRegistryViews(ctx: Context): AssetView[] {
  return [builtIn(ctx), ...listRegistries(ctx.db).map((row) => view(ctx, row))]
}

/** @throws AmletError `InvalidState` while it holds assets. */
export function removeRegistry(ctx: Context, name: string): void {
  if (name === BUILT_IN_REGISTRY) throw readOnlyRegistry(name)
  const held = ASSET_KINDS.flatMap((kind) =>
    listAssets(ctx.db, kind, name).map((asset) => `${kind} ${asset.name}`),
  )
  const [first] = held
  if (first !== undefined)
    throw new AmletError({
      code: 'InvalidState',
      message: `registry ${name} still holds ${held.length} assets, such as ${first}`,
      hint: 'delete them first',
    })
  if (!deleteRegistry(ctx.db, name)) showRegistry(ctx, name)
}

const displayNameKey = (name: string): string => `registry_display_name:${name}`

function view(ctx: Context, row: RegistryRow): AssetView {
  const { subscriptionId, resourceGroup, location } = ctx.identity
  const displayName = readSetting(ctx.db, displayNameKey(row.name))
  return {
    name: row.name,
    ...(displayName ? { display_name: displayName } : {}),
    location,
    ...(row.description === null ? {} : { description: row.description }),
    tags: row.tags,
    id: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/registries/${row.name}`,
    replication_locations: [{ location }],
    creation_context: { created_at: new Date(row.createdMs).toISOString() },
  }
}

function builtIn(ctx: Context): AssetView {
  const description = 'curated environments, built in and read-only'
  const { creation_context: _time, ...entity } = view(ctx, {
    name: BUILT_IN_REGISTRY,
    createdMs: 0,
    description,
    tags: {},
  })
  return entity
}
