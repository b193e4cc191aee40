import { createHash } from 'node:crypto'
import type { WalkedFile, WalkedTree } from './walk.ts'

export interface HashedFile {
  readonly file: WalkedFile
  readonly sha256: string
}

/**
 * SHA-256 of a tree: over sorted path, whether it may be executed, and content. Of a single file: that of its
 * content. Neither times nor the root's own name enter it.
 */
export function treeHash(tree: WalkedTree, files: readonly HashedFile[]): string {
  const [first] = files
  if (tree.isFile && first !== undefined) return first.sha256
  return hashLines(
    files.map(({ file, sha256 }) => `${file.path}\0${file.isExecutable ? 'x' : '-'}\0${sha256}\n`),
  )
}

/** Stands for the listing alone: changes whenever a file is added, removed, resized or written to. */
export function listingHash(tree: WalkedTree): string {
  return hashLines(
    tree.files.map(
      ({ path, sizeBytes, mtimeMs, inode }) => `${path}\0${sizeBytes}\0${mtimeMs}\0${inode}\n`,
    ),
  )
}

const LINES_AT_ONCE = 1_000

/** Many lines at once: handing over each costs more than hashing it. */
function hashLines(lines: readonly string[]): string {
  const digest = createHash('sha256')
  for (let at = 0; at < lines.length; at += LINES_AT_ONCE)
    digest.update(lines.slice(at, at + LINES_AT_ONCE).join(''))
  return digest.digest('hex')
}
