import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PackWriter } from './pack.ts'
import { readAndHash } from './read-file.ts'
import { TreeThreads } from './tree-threads.ts'
import type { WalkedFile } from './walk.ts'

/** Where copies of files go: as files below `root`, or into parts of the pack `pack`. */
export type CopyPlace = { readonly root: string } | { readonly pack: string }

export interface ReadRequest {
  readonly files: readonly WalkedFile[]
  readonly copyTo?: CopyPlace | undefined
  /** Which part of a pack this is. */
  readonly part?: number
}

/**
 * Reads files, each once: their SHA-256, in order, and copies of them. Blocking: call it in a worker thread.
 *
 * @throws AmletError `DataChanged`, `StorageFailure`.
 */
export function readFiles({ files, copyTo, part = 0 }: ReadRequest): string[] {
  if (copyTo === undefined) return files.map((file) => readAndHash(file))
  if ('pack' in copyTo) return packFiles(files, copyTo.pack, part)
  const made = new Set<string>()
  return files.map((file) => readAndHash(file, placeFor(file, copyTo.root, made)))
}

function packFiles(files: readonly WalkedFile[], pack: string, part: number): string[] {
  const writer = new PackWriter(pack, part)
  const hashes = files.map((file) => {
    const sha256 = readAndHash(file, writer)
    writer.endFile(file)
    return sha256
  })
  writer.close()
  return hashes
}

function placeFor(file: WalkedFile, root: string, made: Set<string>): string {
  const path = file.path === '' ? root : join(root, file.path)
  const folder = dirname(path)
  if (!made.has(folder)) {
    mkdirSync(folder, { recursive: true })
    made.add(folder)
  }
  return path
}

/** Below this, a second thread costs more than it saves. */
const SPLIT_FILES = 1_000
const SPLIT_BYTES = 64 << 20

let helper: TreeThreads | undefined

/** As `readFiles`, with the help of a second thread when there is much to read. */
export async function readFilesTogether(request: ReadRequest): Promise<string[]> {
  const { files, copyTo } = request
  const middle = findMiddle(files)
  if (middle === undefined) return readFiles(request)
  helper ??= new TreeThreads(1)
  const theirs = helper.run('readFiles', { files: files.slice(middle), copyTo, part: 1 })
  try {
    const ours = readFiles({ files: files.slice(0, middle), copyTo, part: 0 })
    return [...ours, ...(await theirs)]
  } finally {
    // Whatever we met, the other thread still writes until it is done.
    await Promise.allSettled([theirs])
  }
}

/** A file counts as its bytes and what opening it costs. */
const OPEN_BYTES = 32 << 10

function findMiddle(files: readonly WalkedFile[]): number | undefined {
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0)
  if (files.length < 2 || (files.length < SPLIT_FILES && sizeBytes < SPLIT_BYTES)) return undefined
  const half = (sizeBytes + files.length * OPEN_BYTES) / 2
  let before = 0
  const middle = files.findIndex((file) => {
    before += file.sizeBytes + OPEN_BYTES
    return before > half
  })
  return Math.min(Math.max(middle, 1), files.length - 1)
}
