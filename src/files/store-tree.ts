import { hash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AmletError } from '../core/errors.ts'
import { writePackTarget } from './pack.ts'
import { setTreeWritable } from './protect.ts'
import { type CopyPlace, readFiles, wakeHelper } from './read-files.ts'
import {
  hashTree,
  startReading,
  type TreeReading,
  type TreeRequest,
  type TreeSummary,
} from './trees.ts'
import type { WalkedFile, WalkedTree } from './walk.ts'

export interface StoreRequest extends TreeRequest {
  /** Absolute folder that gets `<hash>/<name>`. */
  readonly uploads: string
  /** Absolute folder on the same file system for what is not whole yet. */
  readonly staging: string
  /** Name of the root in the store. */
  readonly name: string
  /** Absolute folder for packs: many small files may be stored as one, to be laid out afterwards. */
  readonly packs?: string
}

export interface StoredTree extends TreeSummary {
  /** Absolute path of the stored copy. */
  readonly path: string
  /** False when the same content was there already. */
  readonly isNew: boolean
  /** What was there under this hash had other content, and was replaced. */
  readonly isMended: boolean
  /** The pack that holds it until it is laid out at `path`. */
  readonly pack?: string
}

/**
 * Copies a tree to `<uploads>/<hash>/<name>`, unless it is there. It appears there whole or not at all, also
 * after `kill -9`. Files that are new are read once, for hash and copy. Blocking: call it in a worker thread.
 *
 * @throws AmletError `DataChanged` when a file changed meanwhile; nothing is stored then.
 */
export async function storeTree(request: StoreRequest): Promise<StoredTree> {
  if (request.packs !== undefined && looksLarge(request.root)) wakeHelper()
  const reading = startReading(request)
  if (reading.tree.files.length === 0) throw new AmletError(nothingToStore(request))
  const staged = join(request.staging, `upload-${process.pid}-${randomUUID()}`)
  try {
    return await storeReading(request, { reading, staged })
  } finally {
    rmSync(staged, { recursive: true, force: true })
  }
}

/** A guess from its first level alone: it decides only when a thread is started. */
function looksLarge(root: string): boolean {
  try {
    return readdirSync(root).length >= MANY_ENTRIES
  } catch {
    return false
  }
}

interface Storing {
  readonly reading: TreeReading
  /** A folder of our own for what is not whole yet. */
  readonly staged: string
}

async function storeReading(
  request: StoreRequest,
  { reading, staged }: Storing,
): Promise<StoredTree> {
  const isPacked = request.packs !== undefined && reading.known.length === 0 && isMany(reading.tree)
  const copyTo: CopyPlace = isPacked ? { pack: staged } : { root: join(staged, request.name) }
  await reading.readRest(copyTo)
  const summary = reading.summary()
  const path = join(request.uploads, summary.hash, request.name)
  const pack = packOf(request, summary.hash)
  const isMended = existsSync(path) && (await isDamaged(path, summary))
  if (isMended) setAside(path, `${staged}-damaged`)
  if (existsSync(path)) return { ...summary, path, isNew: false, isMended }
  if (pack !== undefined && existsSync(pack))
    return { ...summary, path, pack, isNew: false, isMended }
  copyKnown(reading, copyTo)
  expectStill(reading.tree.files)
  if (isPacked && pack !== undefined) {
    writePackTarget(staged, join(summary.hash, request.name))
    return { ...summary, path, pack, isNew: publish(staged, pack), isMended }
  }
  return { ...summary, path, isNew: publish(join(staged, request.name), path), isMended }
}

/** So much is read again whenever it is stored again; `amlet server verify` reads the rest. */
const CHECKED_BYTES = 8 << 20
const CHECKED_FILES = 200

/** Whether the stored copy is no longer what its folder is named after. */
async function isDamaged(path: string, summary: TreeSummary): Promise<boolean> {
  if (summary.sizeBytes > CHECKED_BYTES || summary.fileCount > CHECKED_FILES) return false
  return (await hashTree({ root: path, ignore: 'none' })).hash !== summary.hash
}

function setAside(path: string, trash: string): void {
  setTreeWritable({ root: path, isWritable: true })
  mkdirSync(dirname(trash), { recursive: true })
  renameSync(path, trash)
  rmSync(trash, { recursive: true, force: true })
}

/** A pack is worth its while for many files that are small. */
const MANY_FILES = 2_000
const MANY_ENTRIES = 50
const SMALL_BYTES = 128 << 10

function isMany({ files }: WalkedTree): boolean {
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0)
  return files.length >= MANY_FILES && sizeBytes / files.length < SMALL_BYTES
}

function packOf({ packs, name }: StoreRequest, contentHash: string): string | undefined {
  if (packs === undefined) return undefined
  return join(packs, `${contentHash}-${hash('sha256', name).slice(0, 16)}`)
}

/** Files whose hash is remembered are copied only when the copy is needed, and must still have that hash. */
function copyKnown({ known, hashOf }: TreeReading, copyTo: CopyPlace): void {
  if (known.length === 0) return
  const hashes = readFiles({ files: known, copyTo, part: 2 })
  const wrong = known.find((file, i) => hashes[i] !== hashOf(file))
  if (wrong !== undefined) throw changed(wrong)
}

/** False when somebody else has published the same content meanwhile. */
function publish(staged: string, path: string): boolean {
  mkdirSync(dirname(path), { recursive: true })
  try {
    renameSync(staged, path)
    return true
  } catch (error) {
    if (existsSync(path)) return false
    throw error
  }
}

function expectStill(files: readonly WalkedFile[]): void {
  for (const file of files) {
    const stats = statSync(file.source, { throwIfNoEntry: false })
    if (stats?.mtimeMs !== file.mtimeMs || stats.size !== file.sizeBytes) throw changed(file)
  }
}

function changed(file: WalkedFile): AmletError {
  return new AmletError({
    code: 'DataChanged',
    message: `${file.source} changed while it was being stored; nothing was stored`,
    hint: 'wait until nothing writes to it any more, then try again',
  })
}

export function nothingToStore({ root }: TreeRequest) {
  return {
    code: 'InvalidValue',
    message: `the folder ${root} holds no file to store`,
    hint: 'put a file into it; what .amlignore or .gitignore names does not count',
  } as const
}
