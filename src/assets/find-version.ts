import { type AssetKey, describeAsset } from '../core/asset/kind.ts'
import { AmletError } from '../core/errors.ts'
import type { Selector } from '../core/refs/reference.ts'
import {
  type AssetVersionRow,
  getAsset,
  getAssetVersion,
  labelledVersion,
  latestAssetVersion,
} from '../store/assets.ts'
import { getRegistry, listRegistries } from '../store/registries.ts'
import type { Context } from './context.ts'
import { unknownLabel, unknownName, unknownRegistry, unknownVersion } from './not-found.ts'

/** Kinds that have a default version when none is named. */
const HAVE_DEFAULT = new Set(['environment', 'component'])

/**
 * The one version that a name with a version, a label or (where a default is allowed) neither stands for.
 *
 * @throws AmletError `ResourceNotFound`, saying what there is and what would make it; `InvalidReference` when
 *   a version is missing.
 */
export function findVersion(ctx: Context, key: AssetKey, selector: Selector): AssetVersionRow {
  if (key.registry && getRegistry(ctx.db, key.registry) === undefined)
    throw unknownRegistry(
      key.registry,
      listRegistries(ctx.db).map((row) => row.name),
    )
  if (selector.version !== undefined) {
    const row = getAssetVersion(ctx.db, key, selector.version)
    if (row === undefined) throw unknownVersion(ctx, key, selector.version)
    return row
  }
  if (selector.label !== undefined) return findLabel(ctx, key, selector.label)
  if (HAVE_DEFAULT.has(key.kind)) return findDefault(ctx, key)
  if (getAsset(ctx.db, key) === undefined) throw unknownName(ctx, key)
  throw new AmletError({
    code: 'InvalidReference',
    message: `${describeAsset(key)} is named without a version`,
    hint: `write azureml:${key.name}@latest or azureml:${key.name}:<version>`,
  })
}

/** @throws AmletError `ResourceNotFound`. */
function findLabel(ctx: Context, key: AssetKey, label: string): AssetVersionRow {
  if (label === 'latest') {
    const row = getAsset(ctx.db, key)?.archived ? undefined : latestAssetVersion(ctx.db, key)
    if (row === undefined) throw unknownLabel(ctx, key, label)
    return row
  }
  const version = labelledVersion(ctx.db, key, label)
  const row = version === undefined ? undefined : getAssetVersion(ctx.db, key, version)
  if (row !== undefined) return row
  if (label === 'default' && key.kind === 'component') return findLabel(ctx, key, 'latest')
  throw unknownLabel(ctx, key, label)
}

function findDefault(ctx: Context, key: AssetKey): AssetVersionRow {
  return findLabel(ctx, key, key.kind === 'component' ? 'default' : 'latest')
}
