import type { ListingChange } from './listing.ts'
import { readAndHash } from './read-file.ts'
import { type WalkedFile, walkTree } from './walk.ts'

/**
 * How the content of two folders differs, by file: new, changed or gone in `after`. Blocking: call it in a
 * worker thread.
 */
export function diffTrees(request: {
  readonly before: string
  readonly after: string
  readonly limit: number
}): ListingChange {
  const before = byPath(request.before)
  const after = byPath(request.after)
  const changed: string[] = []
  for (const [path, file] of after) {
    const old = before.get(path)
    if (old === undefined) changed.push(`${path} (new)`)
    else if (!isSame(old, file)) changed.push(`${path} (changed)`)
  }
  for (const path of before.keys()) if (!after.has(path)) changed.push(`${path} (gone)`)
  changed.sort()
  return { count: changed.length, changed: changed.slice(0, request.limit) }
}

function byPath(root: string): Map<string, WalkedFile> {
  return new Map(walkTree(root).files.map((file) => [file.path, file]))
}

function isSame(a: WalkedFile, b: WalkedFile): boolean {
  const isAlike = a.sizeBytes === b.sizeBytes && a.isExecutable === b.isExecutable
  return isAlike && readAndHash(a) === readAndHash(b)
}
