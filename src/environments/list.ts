import { randomUUID } from 'node:crypto'
import { lstat, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { EnvironmentEntity } from '../core/entity.ts'
import type { CondaSource } from '../core/environment/conda-source.ts'
import { environmentFolder, RECEIPT, type Receipt, readReceipt } from './folder.ts'
import { withLock } from './lock.ts'
import { resolveEnvironment } from './resolve.ts'

export interface StoredEnvironment extends Receipt {
  readonly path: string
  /** When a job last asked for it. */
  readonly usedAtMs: number
}

/** The environments that are built whole, least recently used first. */
export async function listEnvironments(home: string): Promise<readonly StoredEnvironment[]> {
  const names = await readdir(join(home, 'environments')).catch(() => [])
  const found: StoredEnvironment[] = []
  for (const name of names.filter((text) => /^[0-9a-f]{64}$/.test(text))) {
    const path = environmentFolder(home, name)
    const receipt = await readReceipt(path)
    if (receipt === undefined) continue
    const { mtimeMs } = await stat(join(path, RECEIPT))
    found.push({ ...receipt, path, usedAtMs: mtimeMs })
  }
  return found.sort((a, b) => a.usedAtMs - b.usedAtMs)
}

/** Whether what a job asks for is built whole. */
export async function isEnvironmentBuilt(
  home: string,
  entity: EnvironmentEntity,
  source?: CondaSource,
): Promise<boolean> {
  const { digest } = resolveEnvironment(entity, source)
  return (await readReceipt(environmentFolder(home, digest))) !== undefined
}

/** The bytes that removing an environment gives back: files that another link keeps alive do not count. */
export async function measureEnvironment(path: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) bytes += await measureEnvironment(child)
    else {
      const info = await lstat(child)
      if (info.nlink === 1) bytes += info.size
    }
  }
  return bytes
}

/** Removes an environment; it is gone at once for whoever asks next, whole or not. Absent is fine. */
export async function removeEnvironment(home: string, digest: string): Promise<void> {
  const folder = environmentFolder(home, digest)
  await withLock(`${folder}.lock`, async () => {
    const trash = join(home, 'environments', `.${digest}.${randomUUID()}`)
    try {
      await rename(folder, trash)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
      throw error
    }
    await rm(trash, { recursive: true, force: true })
  })
}
