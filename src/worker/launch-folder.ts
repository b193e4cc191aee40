import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'

const MEMORY = '/dev/shm'

/**
 * A private, empty folder for what wrappers read at their start: in memory where there is such a place, since
 * a file there costs a twentieth of one on a disk. Its name is the home's, so that what a killed worker left is
 * cleared by its successor; a wrapper that comes too late for its file does nothing.
 */
export function makeLaunchFolder(home: string): string {
  const uid = process.getuid?.() ?? 0
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16)
  const inMemory = path.join(MEMORY, `amlet-${uid}-${name}`)
  if (existsSync(MEMORY) && makePrivate(inMemory, uid)) return inMemory
  const onDisk = path.join(home, '.launch')
  makePrivate(onDisk, uid)
  return onDisk
}

/** False when the place is taken by another user or cannot be written. */
function makePrivate(folder: string, uid: number): boolean {
  try {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { mode: 0o700 })
    return lstatSync(folder).uid === uid
  } catch {
    return false
  }
}
