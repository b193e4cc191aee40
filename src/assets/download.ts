import { join } from 'node:path'
import { type AssetKey, describeAsset } from '../core/asset/kind.ts'
import { AmletError } from '../core/errors.ts'
import type { Selector } from '../core/refs/reference.ts'
import type { AssetVersionRow } from '../store/assets.ts'
import { expectUnchanged, placeOfUri } from './bytes.ts'
import type { Context } from './context.ts'
import { isRemote } from './create-bytes.ts'
import { findVersion } from './find-version.ts'
import { fetchRemote } from './remote.ts'

/** Where the bytes of a version are on this machine. */
export interface AssetBytes {
  readonly localPath: string
  readonly isFile: boolean
}

/**
 * The bytes of a version, fetched when they are remote.
 *
 * @throws AmletError `InvalidValue` for what has no bytes, `DataChanged`, `FileNotFound`.
 */
export async function assetBytes(ctx: Context, row: AssetVersionRow): Promise<AssetBytes> {
  if (row.uri === null)
    throw new AmletError({
      code: 'InvalidValue',
      message: `${describeAsset(row, row.version)} has no files`,
      hint: `amlet ${row.kind} show -n ${row.name} -v ${row.version} prints it`,
    })
  if (isRemote(row.uri)) return fetchRemote(ctx, row.uri, row.type)
  await ctx.layouts.settled()
  const place = placeOfUri(ctx, row.uri)
  await expectUnchanged(ctx, row, place)
  return place
}

/** Copies a version's files to `<folder>/<name>/`, as `az ml model download` does. Returns that folder. */
export async function downloadAsset(
  ctx: Context,
  key: AssetKey,
  { selector, folder }: { readonly selector: Selector; readonly folder: string },
): Promise<{ readonly path: string; readonly fileCount: number }> {
  const row = findVersion(ctx, key, selector)
  const { localPath } = await assetBytes(ctx, row)
  const path = join(folder, row.name)
  const { fileCount } = await ctx.trees.run('copyTree', { source: localPath, target: path })
  return { path, fileCount }
}
