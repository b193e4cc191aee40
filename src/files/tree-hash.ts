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
  const digest = createHash('sha256')
  for (const { file, sha256 } of files)
    digest.update(`${file.path}\0${file.isExecutable ? 'x' : '-'}\0${sha256}\n`)
  return digest.digest('hex')
}

/** Stands for the listing alone: changes whenever a file is added, removed, resized or written to. */
export function listingHash(tree: WalkedTree): string {
  const digest = createHash('sha256')
  for (const { path, sizeBytes, mtimeMs, inode } of tree.files)
    digest.update(`${path}\0${sizeBytes}\0${mtimeMs}\0${inode}\n`)
  return digest.digest('hex')
}
