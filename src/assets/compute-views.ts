import { AmletError } from '../core/errors.ts'
import { armId } from '../core/refs/print.ts'
import { didYouMean } from '../core/suggest.ts'
import {
  type ComputeRow,
  deleteCompute,
  getCompute,
  listComputes,
  recordCompute,
  setComputeState,
} from '../store/computes.ts'
import { defaultCompute, LOCAL_COMPUTE } from './computes.ts'
import type { Context } from './context.ts'
import { thereAre } from './not-found.ts'
import type { AssetView } from './view.ts'

/** A compute as `core/spec` gives it. */
export interface ComputeEntity {
  readonly name: string
  readonly type: string
  readonly [field: string]: unknown
}

/** Records a compute, replacing the one of that name. */
export function createCompute(ctx: Context, entity: ComputeEntity, createdBy?: string): AssetView {
  const { name, type } = entity
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name))
    throw new AmletError({
      code: 'InvalidValue',
      message: `"${name.slice(0, 80)}" cannot be the name of a compute`,
      hint: 'begin with a letter; use letters, digits, "_" and "-"',
    })
  const builtIn = getCompute(ctx.db, name)
  if (builtIn?.name === LOCAL_COMPUTE && type !== 'local')
    throw new AmletError({
      code: 'InvalidState',
      message: `compute ${LOCAL_COMPUTE} is this machine and stays of type local`,
      hint: 'choose another name',
    })
  const by = createdBy ?? ctx.user
  recordCompute(ctx.db, {
    name: builtIn?.name ?? name,
    type,
    entity,
    createdBy: by,
    atMs: ctx.now(),
  })
  return showCompute(ctx, name)
}

/** @throws AmletError `ResourceNotFound`, naming the nearest. */
export function showCompute(ctx: Context, name: string): AssetView {
  return viewCompute(ctx, findCompute(ctx, name))
}

export function listComputeViews(ctx: Context): AssetView[] {
  return listComputes(ctx.db).map((row) => viewCompute(ctx, row))
}

/** @throws AmletError `InvalidState` for the one that is this machine. */
export function removeCompute(ctx: Context, name: string): void {
  const row = findCompute(ctx, name)
  if (row.name === LOCAL_COMPUTE)
    throw new AmletError({
      code: 'InvalidState',
      message: `compute ${LOCAL_COMPUTE} is this machine and cannot be deleted`,
    })
  deleteCompute(ctx.db, row.name)
}

/** Jobs of a stopped compute wait; those that run go on. */
export function setComputeRunning(ctx: Context, name: string, isRunning: boolean): AssetView {
  const row = findCompute(ctx, name)
  setComputeState(ctx.db, row.name, isRunning ? 'Running' : 'Stopped')
  return showCompute(ctx, row.name)
}

function findCompute(ctx: Context, name: string): ComputeRow {
  const row = getCompute(ctx.db, name)
  if (row !== undefined) return row
  const names = listComputes(ctx.db).map((known) => known.name)
  const near = didYouMean(name, names)
  throw new AmletError({
    code: 'ResourceNotFound',
    message: `there is no compute ${name}`,
    hint: `${near === undefined ? '' : `${near} `}${thereAre(names)}; to make it: amlet compute create -n ${name} --type local`,
  })
}

function viewCompute(ctx: Context, row: ComputeRow): AssetView {
  const { subscriptionId: subscription, resourceGroup, workspace, location } = ctx.identity
  const isDefault = defaultCompute(ctx.db).name === row.name
  return {
    location,
    tags: {},
    ...row.entity,
    name: row.name,
    type: row.type,
    state: row.state,
    provisioning_state: 'Succeeded',
    ...(isDefault ? { is_default: true } : {}),
    id: armId({ subscription, resourceGroup, workspace, kind: 'compute', name: row.name }),
    created_on: new Date(row.createdMs).toISOString(),
  }
}
