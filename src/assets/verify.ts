import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { listUsesOfUpload } from '../store/gc.ts'
import type { Context } from './context.ts'
import { localDatastores } from './places.ts'

interface DamagedUpload {
  readonly path: string
  /** Versions that name it, `data taxi:1`. */
  readonly used_by: readonly string[]
  readonly reason: string
}

export interface VerifyReport {
  readonly checked: number
  readonly size_bytes: number
  readonly damaged: readonly DamagedUpload[]
}

/**
 * Reads everything that is stored by content once more and compares it with the hash that its folder is named after:
 * a disk that fails, or somebody who wrote there, is not noticed by sizes and times. Changes nothing.
 */
export async function verifyUploads(ctx: Context): Promise<VerifyReport> {
  await ctx.layouts.settled()
  const damaged: DamagedUpload[] = []
  let checked = 0
  let sizeBytes = 0
  for (const { hash, path } of await storedUploads(ctx)) {
    // Without what is remembered of earlier readings: it proves nothing of the bytes.
    const found = await ctx.trees
      .run('hashTree', { root: path, ignore: 'none' })
      .catch((error: Error) => ({ hash: error.message, sizeBytes: 0 }))
    checked += 1
    sizeBytes += found.sizeBytes
    if (found.hash === hash) continue
    const reason = `its content has the hash ${found.hash}`
    damaged.push({ path, used_by: listUsesOfUpload(ctx.db, hash), reason })
  }
  return { checked, size_bytes: sizeBytes, damaged }
}

async function storedUploads(ctx: Context): Promise<{ hash: string; path: string }[]> {
  const found: { hash: string; path: string }[] = []
  for (const { folder } of localDatastores(ctx)) {
    const place = join(folder, 'LocalUpload')
    for (const hash of (await namesIn(place)).filter((name) => /^[0-9a-f]{64}$/.test(name)))
      for (const name of await namesIn(join(place, hash)))
        found.push({ hash, path: join(place, hash, name) })
  }
  return found
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort()
}
