import { deflateSync, inflateSync } from 'node:zlib'
import { Progress } from './progress.ts'
import { listingHash } from './tree-hash.ts'
import { type WalkedFile, walkTree } from './walk.ts'

/** What a folder looked like, without its content: enough to notice a change. */
export interface Listing {
  /** Changes whenever a file is added, removed, resized or written to. */
  readonly hash: string
  readonly isFile: boolean
  readonly fileCount: number
  readonly sizeBytes: number
  /** Compressed; what `compareListing` reads. */
  readonly entries: Uint8Array
}

type Entry = readonly [path: string, sizeBytes: number, mtimeMs: number, inode: number]

/** Takes the listing of a file or folder. Blocking: call it in a worker thread. */
export function takeListing(request: {
  readonly root: string
  readonly progress?: SharedArrayBuffer | undefined
}): Listing {
  const tree = walkTree(request.root, {
    progress: request.progress && new Progress(request.progress),
  })
  const entries = tree.files.map(toEntry)
  let sizeBytes = 0
  for (const file of tree.files) sizeBytes += file.sizeBytes
  return {
    hash: listingHash(tree),
    isFile: tree.isFile,
    fileCount: tree.files.length,
    sizeBytes,
    entries: deflateSync(JSON.stringify(entries), { level: 1 }),
  }
}

/** How a folder differs from its listing: at most `limit` files, the first in order, and how many in all. */
export interface ListingChange {
  readonly count: number
  readonly changed: readonly string[]
}

/** Compares a folder with its stored listing. Blocking: call it in a worker thread. */
export function compareListing(request: {
  readonly root: string
  readonly entries: Uint8Array
  readonly limit: number
}): ListingChange {
  const before = new Map<string, Entry>()
  for (const entry of JSON.parse(inflateSync(request.entries).toString()) as Entry[])
    before.set(entry[0], entry)
  const changed: string[] = []
  for (const file of walkTree(request.root).files) {
    const entry = before.get(file.path)
    before.delete(file.path)
    if (entry === undefined) changed.push(`${file.path} (new)`)
    else if (!isSame(entry, file)) changed.push(`${file.path} (changed)`)
  }
  for (const path of before.keys()) changed.push(`${path} (gone)`)
  changed.sort()
  return { count: changed.length, changed: changed.slice(0, request.limit) }
}

function toEntry({ path, sizeBytes, mtimeMs, inode }: WalkedFile): Entry {
  return [path, sizeBytes, mtimeMs, inode]
}

function isSame([, sizeBytes, mtimeMs, inode]: Entry, file: WalkedFile): boolean {
  return sizeBytes === file.sizeBytes && mtimeMs === file.mtimeMs && inode === file.inode
}
