import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type FileList, packFileList, unpackFileList } from './file-list.ts'
import { PackWriter } from './pack.ts'
import { Progress } from './progress.ts'
import { type ByteSink, type CopyTarget, readAndHash } from './read-file.ts'
import { TreeThreads } from './tree-threads.ts'
import type { WalkedFile } from './walk.ts'

/** Where copies of files go: as files below `root`, or into parts of the pack `pack`. */
export type CopyPlace = { readonly root: string } | { readonly pack: string }

export interface ReadRequest {
  readonly files: readonly WalkedFile[]
  readonly copyTo?: CopyPlace | undefined
  /** Which part of a pack this is. */
  readonly part?: number
  readonly progress?: Progress | undefined
}

/**
 * Reads files, each once: their SHA-256, in order, and copies of them. Blocking: call it in a worker thread.
 *
 * @throws AmletError `DataChanged`, `StorageFailure`.
 */
export function readFiles(request: ReadRequest): string[] {
  const reader = new Reader(request)
  const hashes = reader.read(request.files)
  reader.close()
  return hashes
}

/** Reads files to one place. */
class Reader {
  readonly #root: string | undefined
  readonly #pack: PackWriter | undefined
  readonly #progress: Progress | undefined
  readonly #made = new Set<string>()

  constructor({ copyTo, part = 0, progress }: Omit<ReadRequest, 'files'>) {
    this.#root = copyTo !== undefined && 'root' in copyTo ? copyTo.root : undefined
    this.#pack =
      copyTo !== undefined && 'pack' in copyTo ? new PackWriter(copyTo.pack, part) : undefined
    this.#progress = progress
  }

  read(files: readonly WalkedFile[]): string[] {
    const hashes = files.map((file) => this.#readOne(file))
    this.#progress?.addFiles(files.length)
    return hashes
  }

  close(): void {
    this.#pack?.close()
  }

  #readOne(file: WalkedFile): string {
    const onBytes = (count: number) => {
      this.#progress?.addBytes(count)
      this.#progress?.expectWanted()
    }
    const sha256 = readAndHash(file, { copyTo: this.#target(file), onBytes })
    this.#pack?.endFile(file)
    return sha256
  }

  #target(file: WalkedFile): CopyTarget | ByteSink | undefined {
    if (this.#root === undefined) return this.#pack
    const path = file.path === '' ? this.#root : join(this.#root, file.path)
    const folder = dirname(path)
    if (!this.#made.has(folder)) {
      mkdirSync(folder, { recursive: true })
      this.#made.add(folder)
    }
    return path
  }
}

/** What two threads that read one list together share. */
export interface ShareRequest {
  readonly list: FileList
  /** Where each piece of the list begins, and its end. */
  readonly bounds: readonly number[]
  /** The number of the next piece that nobody has taken. */
  readonly next: SharedArrayBuffer
  readonly copyTo?: CopyPlace | undefined
  readonly part: number
  readonly progress?: SharedArrayBuffer | undefined
}

/** Reads pieces as long as there are any. Returns the hashes of those that it took, by their numbers. */
export function readShare(request: ShareRequest): [piece: number, hashes: string[]][] {
  const { progress } = request
  const files = unpackFileList(request.list)
  return takePieces(files, { ...request, progress: progress && new Progress(progress) })
}

const helper = new TreeThreads(1)

/** Makes the second thread ready while its first work is still being listed. */
export function wakeHelper(): void {
  helper.prepare()
}

/** As `readFiles`, with the help of a second thread when there is much to read. */
export async function readFilesTogether(request: ReadRequest): Promise<string[]> {
  const { files, copyTo, progress } = request
  const bounds = cutIntoPieces(files)
  if (bounds === undefined) return readFiles(request)
  const shared = { bounds, copyTo, next: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT) }
  const list = packFileList(files)
  const theirs = helper.run('readShare', {
    ...shared,
    list,
    part: 1,
    progress: progress?.buffer,
  })
  // The order goes out with the next turn, and we are about to hold this thread for long.
  await setImmediate()
  try {
    const ours = takePieces(files, { ...shared, part: 0, progress })
    const pieces = [...ours, ...(await theirs)].sort(([a], [b]) => a - b)
    return pieces.flatMap(([, hashes]) => hashes)
  } finally {
    // Whatever we met, the other thread still writes until it is done.
    await Promise.allSettled([theirs])
  }
}

interface Sharing {
  readonly bounds: readonly number[]
  readonly next: SharedArrayBuffer
  readonly copyTo?: CopyPlace | undefined
  readonly part: number
  readonly progress?: Progress | undefined
}

function takePieces(
  files: readonly WalkedFile[],
  { bounds, next, ...where }: Sharing,
): [number, string[]][] {
  const counter = new Int32Array(next)
  const pieces = bounds.length - 1
  const taken: [number, string[]][] = []
  const reader = new Reader(where)
  try {
    for (let piece = Atomics.add(counter, 0, 1); piece < pieces; piece = Atomics.add(counter, 0, 1))
      taken.push([piece, reader.read(files.slice(bounds[piece], bounds[piece + 1]))])
  } catch (error) {
    // Nobody needs the rest.
    Atomics.store(counter, 0, pieces)
    throw error
  } finally {
    reader.close()
  }
  return taken
}

/** Below this, a second thread costs more than it saves. */
const SPLIT_FILES = 1_000
const SPLIT_BYTES = 64 << 20
/** A file counts as its bytes and what opening it costs. */
const OPEN_BYTES = 32 << 10
const PIECES = 64

/** The bounds of pieces of equal work; undefined when there is too little to share. */
function cutIntoPieces(files: readonly WalkedFile[]): number[] | undefined {
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0)
  if (files.length < 2 || (files.length < SPLIT_FILES && sizeBytes < SPLIT_BYTES)) return undefined
  const most = (sizeBytes + files.length * OPEN_BYTES) / PIECES
  const bounds = [0]
  let work = 0
  files.forEach((file, i) => {
    work += file.sizeBytes + OPEN_BYTES
    if (work < most || i === files.length - 1) return
    bounds.push(i + 1)
    work = 0
  })
  return [...bounds, files.length]
}
