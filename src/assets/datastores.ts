import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AmletError } from '../core/errors.ts'
import { armId } from '../core/refs/print.ts'
import { isInside } from '../files/walk.ts'
import { DATASTORE_TYPES } from '../storage/registry.ts'
import {
  type DatastoreRow,
  deleteDatastore,
  getDatastore,
  listDatastores,
  recordDatastore,
} from '../store/datastores.ts'
import type { Context } from './context.ts'
import { openNamedDatastore } from './places.ts'
import type { AssetView } from './view.ts'

/** Exist in every home, as folders of it. */
const BUILT_IN = ['workspaceblobstore', 'workspaceartifactstore'] as const
export const DEFAULT_DATASTORE_NAME = 'workspaceblobstore'

/** Makes the built-in datastores and their folders. Safe to repeat. */
export function ensureBuiltInDatastores(ctx: Pick<Context, 'db' | 'home' | 'now'>): void {
  for (const name of BUILT_IN) {
    mkdirSync(join(ctx.home.datastores, name), { recursive: true, mode: 0o700 })
    if (getDatastore(ctx.db, name) !== undefined) continue
    const entity = { name, type: 'local', path: `datastores/${name}` }
    recordDatastore(ctx.db, {
      ...{ name, type: 'local', entity },
      createdBy: 'amlet',
      atMs: ctx.now(),
    })
  }
}

/** A datastore as `core/spec` gives it; `path` of a local one is absolute. */
export interface DatastoreEntity {
  readonly name: string
  readonly type: string
  readonly path?: string
  readonly credentials?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

/** Records a datastore, replacing the one of that name; credentials are kept, never shown. */
export function createDatastore(
  ctx: Context,
  entity: DatastoreEntity,
  createdBy?: string,
): AssetView {
  const { name, type, path, credentials, ...fields } = entity
  checkDatastore(ctx, entity)
  recordDatastore(ctx.db, {
    name,
    type,
    entity: { ...fields, name, type, ...(path === undefined ? {} : { path }) },
    credentials,
    createdBy: createdBy ?? ctx.user,
    atMs: ctx.now(),
  })
  return showDatastore(ctx, name)
}

function checkDatastore(ctx: Context, { name, type, path }: DatastoreEntity): void {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_-]{0,254}$/.test(name))
    throw new AmletError({
      code: 'InvalidValue',
      message: `"${name}" cannot be the name of a datastore`,
      hint: 'use letters, digits, "_" and "-"',
    })
  if (BUILT_IN.some((builtIn) => builtIn === name))
    throw new AmletError({
      code: 'InvalidState',
      message: `datastore ${name} is built in and stays as it is`,
      hint: 'choose another name',
    })
  if (!DATASTORE_TYPES.some((known) => known === type))
    throw new AmletError({
      code: 'InvalidValue',
      message: `"${type}" is no type of datastore`,
      hint: `use one of ${DATASTORE_TYPES.join(', ')}`,
    })
  if (type === 'local') checkFolder(ctx, name, path)
}

function checkFolder(ctx: Context, name: string, path: string | undefined): void {
  if (path === undefined)
    throw new AmletError({
      code: 'MissingField',
      message: `datastore ${name} has no path`,
      hint: `amlet datastore create -n ${name} --path <folder>`,
    })
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new AmletError({
      code: 'FileNotFound',
      message: `there is no folder ${path} for datastore ${name}`,
      hint: `make it first: mkdir -p '${path}'`,
    })
  const { root } = ctx.home
  if (isInside(root, path) || isInside(path, root))
    throw new AmletError({
      code: 'InvalidValue',
      message: `the folder ${path} of datastore ${name} and amlet's own ${root} overlap`,
      hint: 'choose a folder outside',
    })
}

/** @throws AmletError `ResourceNotFound`. */
export function showDatastore(ctx: Context, name: string): AssetView {
  const row = getDatastore(ctx.db, name)
  if (row === undefined) {
    openNamedDatastore(ctx, name)
    throw new Error(`datastore ${name} has no row`)
  }
  return viewDatastore(ctx, row)
}

function viewDatastore(ctx: Context, row: DatastoreRow): AssetView {
  const { subscriptionId: subscription, resourceGroup, workspace } = ctx.identity
  const { name } = row
  const path = row.entity['path']
  return {
    tags: {},
    ...row.entity,
    ...(typeof path === 'string' ? { path: join(ctx.home.root, path) } : {}),
    ...(typeof path === 'string' && path.startsWith('/') ? { path } : {}),
    ...(name === DEFAULT_DATASTORE_NAME ? { is_default: true } : {}),
    id: armId({ subscription, resourceGroup, workspace, kind: 'datastore', name }),
    creation_context: {
      created_at: new Date(row.createdMs).toISOString(),
      created_by: row.createdBy,
      created_by_type: 'User',
      last_modified_at: new Date(row.modifiedMs).toISOString(),
    },
  }
}

export function listDatastoreViews(ctx: Context): AssetView[] {
  return listDatastores(ctx.db).map((row) => viewDatastore(ctx, row))
}

/** Forgets a datastore; its bytes stay. @throws AmletError `ResourceNotFound`, `InvalidState`. */
export function removeDatastore(ctx: Context, name: string): void {
  if (BUILT_IN.some((builtIn) => builtIn === name))
    throw new AmletError({
      code: 'InvalidState',
      message: `datastore ${name} is built in and cannot be deleted`,
    })
  if (!deleteDatastore(ctx.db, name)) openNamedDatastore(ctx, name)
}
