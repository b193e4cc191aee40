import { chmodSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const WRITE = 0o222

/**
 * Takes from everybody, or gives back to the owner, the right to write to a tree: what is stored cannot be
 * damaged by a step that is given it, where no mount protects it. Links are left alone. Blocking: call it
 * in a worker thread.
 */
export function setTreeWritable(request: {
  readonly root: string
  readonly isWritable: boolean
}): void {
  const { root, isWritable } = request
  const stats = lstatSync(root, { throwIfNoEntry: false })
  if (stats === undefined || stats.isSymbolicLink()) return
  const mode = stats.mode & 0o7777
  const wanted = isWritable ? mode | 0o200 : mode & ~WRITE
  if (isWritable && mode !== wanted) chmodSync(root, wanted)
  if (stats.isDirectory())
    for (const name of readdirSync(root)) setTreeWritable({ root: join(root, name), isWritable })
  if (!isWritable && mode !== wanted) chmodSync(root, wanted)
}
