import path from 'node:path'
import type { AssetKey } from '../../core/asset/kind.ts'
import { AmletError } from '../../core/errors.ts'
import type { Selector } from '../../core/refs/reference.ts'
import { FileAnswer } from '../route.ts'
import type { Services } from '../services.ts'
import { fileInside, filesBelow } from './folder-files.ts'

export interface AssetFile {
  readonly from: string
  readonly to: string
  readonly url: string
}

interface Wanted {
  readonly key: AssetKey
  readonly selector: Selector
  /** Segment of the API's path, `models`. */
  readonly collection: string
}

/** The files of a version: where they are, where they go, how to fetch them. */
export async function listAssetFiles(
  { assets }: Services,
  { key, selector, collection }: Wanted,
): Promise<AssetFile[]> {
  const { name, version } = assets.find(key, selector)
  const { localPath, isFile } = await assets.bytes(key, selector)
  const query = key.registry ? `?registry_name=${encodeURIComponent(key.registry)}` : ''
  const base = `/${collection}/${name}/versions/${version}/files`
  const names = isFile ? [path.basename(localPath)] : await filesBelow(localPath)
  return names.map((to) => ({
    from: isFile ? localPath : path.join(localPath, to),
    to,
    url: `${base}/${to.split('/').map(encodeURIComponent).join('/')}${query}`,
  }))
}

/** One file of a version. @throws AmletError `ResourceNotFound`, also for a link that leads out of it. */
export async function findAssetFile(
  { assets }: Services,
  { key, selector }: Omit<Wanted, 'collection'>,
  wanted: string,
): Promise<FileAnswer> {
  const { localPath, isFile } = await assets.bytes(key, selector)
  if (isFile && wanted === path.basename(localPath)) return new FileAnswer(localPath)
  const found = isFile ? undefined : fileInside(localPath, wanted)
  if (found !== undefined) return new FileAnswer(found)
  throw new AmletError({
    code: 'ResourceNotFound',
    message: `${key.kind} ${key.name} has no file "${wanted}"`,
    hint: 'its download operation lists its files',
  })
}
