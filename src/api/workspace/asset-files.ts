import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import type { AssetKey } from '../../core/asset/kind.ts'
import { AmletError } from '../../core/errors.ts'
import type { Selector } from '../../core/refs/reference.ts'
import { FileAnswer } from '../route.ts'
import type { Services } from '../services.ts'

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
  const names = isFile ? [path.basename(localPath)] : filesBelow(localPath)
  return names.map((to) => ({
    from: isFile ? localPath : path.join(localPath, to),
    to,
    url: `${base}/${to.split('/').map(encodeURIComponent).join('/')}${query}`,
  }))
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
    .map((file) => path.relative(folder, file))
    .sort()
}

/** One file of a version. @throws AmletError `ResourceNotFound`, also for a link that leads out of it. */
export async function findAssetFile(
  { assets }: Services,
  { key, selector }: Omit<Wanted, 'collection'>,
  wanted: string,
): Promise<FileAnswer> {
  const { localPath, isFile } = await assets.bytes(key, selector)
  if (isFile && wanted === path.basename(localPath)) return new FileAnswer(localPath)
  const root = realpathSync(localPath)
  const file = path.join(root, wanted)
  const real = !isFile && existsSync(file) ? realpathSync(file) : ''
  if (real.startsWith(`${root}${path.sep}`) && statSync(real).isFile()) return new FileAnswer(real)
  throw new AmletError({
    code: 'ResourceNotFound',
    message: `${key.kind} ${key.name} has no file "${wanted}"`,
    hint: 'its download operation lists its files',
  })
}
