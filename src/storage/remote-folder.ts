import { hash } from 'node:crypto'
import { constants, copyFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, normalize, sep } from 'node:path'
import { AmletError } from '../core/errors.ts'
import { type ListedBlob, listBlobs } from './blob-listing.ts'
import type { CachedFile, HttpCache } from './http-cache.ts'

const AT_ONCE = 4

/**
 * A folder of a public container on this machine: its files are fetched as `cache` does, and stand in a folder
 * that is named after their content, so that a changed folder is another one.
 */
export async function fetchFolder(
  cache: HttpCache,
  folder: string,
  container: { readonly url: string; readonly prefix: string },
): Promise<CachedFile> {
  const blobs = await listBlobs(container)
  const files = await fetchAll(cache, blobs)
  const lines = files.map(({ name, file }) => `${name}\0${file.identity}\n`).join('')
  const id = hash('sha256', `${container.url}/${container.prefix}\n${lines}`).slice(0, 32)
  const localPath = join(folder, id)
  const sizeBytes = files.reduce((sum, { file }) => sum + file.sizeBytes, 0)
  const result = { localPath, identity: `folder:${id}`, sizeBytes }
  if (await isFolder(localPath)) return result
  const staged = `${localPath}.${process.pid}.tmp`
  try {
    for (const { name, file } of files) {
      const target = join(staged, inside(name, container.prefix))
      await mkdir(dirname(target), { recursive: true })
      await copyFile(file.localPath, target, constants.COPYFILE_FICLONE)
    }
    await rename(staged, localPath)
  } finally {
    await rm(staged, { recursive: true, force: true })
  }
  return result
}

async function fetchAll(
  cache: HttpCache,
  blobs: readonly ListedBlob[],
): Promise<{ name: string; file: CachedFile }[]> {
  const files: { name: string; file: CachedFile }[] = []
  for (let i = 0; i < blobs.length; i += AT_ONCE) {
    const some = blobs.slice(i, i + AT_ONCE).map(async ({ name, url }) => {
      return { name, file: await cache.fetch(url) }
    })
    files.push(...(await Promise.all(some)))
  }
  return files
}

function inside(name: string, prefix: string): string {
  const path = normalize(name.slice(prefix.replace(/\/*$/, '').length).replace(/^\/+/, ''))
  if (path !== '..' && !path.startsWith(`..${sep}`) && !path.startsWith(sep)) return path
  throw new AmletError({
    code: 'InvalidReference',
    message: `the container holds "${name}", which leads out of its folder`,
  })
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
}
