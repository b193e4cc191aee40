import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { AmletError } from '../core/errors.ts'
import { openFingerprintCache, writeFingerprintCache } from './fingerprint-cache.ts'
import { readCodeIgnoreRule, readIgnoreRule } from './ignore-rules.ts'
import { readAndHash } from './read-file.ts'
import { type HashedFile, treeHash } from './tree-hash.ts'
import { type WalkedFile, type WalkedTree, walkTree } from './walk.ts'

/** Which files of a folder are meant. */
export interface TreeRequest {
  /** Absolute path of a file or folder. */
  readonly root: string
  /** `code` leaves out what is never code too; `none` reads no ignore file. */
  readonly ignore: 'code' | 'data' | 'none'
  /** Absolute paths of files and folders that stand in the root of the tree as well. */
  readonly includes?: readonly string[]
  /** A single file counts as a folder that holds it. */
  readonly asFolder?: boolean
  /** Where hashes of unchanged files are remembered. */
  readonly cacheFolder: string
}

export interface TreeSummary {
  readonly isFile: boolean
  readonly hash: string
  readonly fileCount: number
  readonly sizeBytes: number
  /** Relative paths of links that lead out of the root; their content is part of the tree. */
  readonly outsideLinks: readonly string[]
}

export interface StoreRequest extends TreeRequest {
  /** Absolute folder that gets `<hash>/<name>`. */
  readonly uploads: string
  /** Absolute folder on the same file system for what is not whole yet. */
  readonly staging: string
  /** Name of the root in the store. */
  readonly name: string
}

export interface StoredTree extends TreeSummary {
  /** Absolute path of the stored copy. */
  readonly path: string
  /** False when the same content was there already. */
  readonly isNew: boolean
}

/** The files meant, without reading their content. */
export function listTree(request: TreeRequest): WalkedTree {
  const tree = walkRoot(request)
  const includes = request.includes ?? []
  if (includes.length === 0) return tree
  const files = [...tree.files, ...includes.flatMap((path) => listInclude(path, request))]
  files.sort((a, b) => (a.path < b.path ? -1 : 1))
  const double = files.find((file, i) => file.path === files[i + 1]?.path)
  if (double !== undefined)
    throw new AmletError({
      code: 'InvalidValue',
      message: `additional_includes and the code folder both hold "${double.path}"`,
      hint: 'rename one of the two',
    })
  return { ...tree, files }
}

function walkRoot(request: TreeRequest): WalkedTree {
  const tree = walkTree(request.root, { ignore: ruleOf(request) })
  if (!tree.isFile || !request.asFolder) return tree
  const files = tree.files.map((file) => ({ ...file, path: basename(request.root) }))
  return { ...tree, isFile: false, files }
}

function listInclude(root: string, request: TreeRequest): WalkedFile[] {
  const included = walkTree(root, { ignore: ruleOf({ ...request, root }) })
  const name = basename(root)
  return included.files.map((file) => ({
    ...file,
    path: file.path === '' ? name : `${name}/${file.path}`,
  }))
}

function ruleOf({ root, ignore }: TreeRequest) {
  if (ignore === 'none') return () => false
  return ignore === 'code' ? readCodeIgnoreRule(root) : readIgnoreRule(root)
}

/** Content hash of a tree; unchanged files are not read. Blocking: call it in a worker thread. */
export function hashTree(request: TreeRequest): TreeSummary {
  const startedMs = Date.now()
  const tree = listTree(request)
  const cache = openFingerprintCache(request.cacheFolder, request.root)
  const files = tree.files.map((file) => {
    return { file, sha256: cache.lookUp(file) ?? readAndHash(file) }
  })
  writeFingerprintCache(request.cacheFolder, request.root, files, startedMs)
  return summarise(tree, files)
}

function summarise(tree: WalkedTree, files: readonly HashedFile[]): TreeSummary {
  let sizeBytes = 0
  for (const { file } of files) sizeBytes += file.sizeBytes
  const { isFile, outsideLinks } = tree
  return { isFile, hash: treeHash(tree, files), fileCount: files.length, sizeBytes, outsideLinks }
}

/**
 * Copies a tree to `<uploads>/<hash>/<name>`, unless it is there. It appears there whole or not at all, also
 * after `kill -9`. Files that are new are read once, for hash and copy. Blocking: call it in a worker thread.
 *
 * @throws AmletError `DataChanged` when a file changed meanwhile; nothing is stored then.
 */
export function storeTree(request: StoreRequest): StoredTree {
  const startedMs = Date.now()
  const tree = listTree(request)
  if (tree.files.length === 0) throw new AmletError(nothingToStore(request))
  const cache = openFingerprintCache(request.cacheFolder, request.root)
  const known = tree.files.map((file) => cache.lookUp(file))
  const staged = new StagedCopy(request.staging, request.name)
  try {
    const files = tree.files.map((file, i) => {
      return { file, sha256: known[i] ?? readAndHash(file, staged.place(file)) }
    })
    const summary = summarise(tree, files)
    const path = join(request.uploads, summary.hash, request.name)
    if (existsSync(path)) return { ...summary, path, isNew: false }
    files.forEach(({ file, sha256 }, i) => {
      if (known[i] === undefined) return
      if (readAndHash(file, staged.place(file)) !== sha256) throw new AmletError(changed(file))
    })
    expectStill(tree.files)
    const isNew = staged.publish(path)
    writeFingerprintCache(request.cacheFolder, request.root, files, startedMs)
    return { ...summary, path, isNew }
  } finally {
    staged.discard()
  }
}

/** A copy in the making, in a folder of its own. */
class StagedCopy {
  readonly #folder: string
  readonly #root: string
  readonly #made = new Set<string>()

  constructor(staging: string, name: string) {
    this.#folder = join(staging, `upload-${process.pid}-${randomUUID()}`)
    this.#root = join(this.#folder, name)
  }

  /** Where this file's copy goes; its folder exists. */
  place(file: WalkedFile): string {
    const path = file.path === '' ? this.#root : join(this.#root, file.path)
    const folder = dirname(path)
    if (!this.#made.has(folder)) {
      mkdirSync(folder, { recursive: true })
      this.#made.add(folder)
    }
    return path
  }

  /** False when somebody else has published the same content meanwhile. */
  publish(path: string): boolean {
    mkdirSync(dirname(path), { recursive: true })
    try {
      renameSync(this.#root, path)
      return true
    } catch (error) {
      if (existsSync(path)) return false
      throw error
    }
  }

  discard(): void {
    if (this.#made.size > 0) rmSync(this.#folder, { recursive: true, force: true })
  }
}

function expectStill(files: readonly WalkedFile[]): void {
  for (const file of files) {
    const stats = statSync(file.source, { throwIfNoEntry: false })
    if (stats?.mtimeMs !== file.mtimeMs || stats.size !== file.sizeBytes)
      throw new AmletError(changed(file))
  }
}

function changed(file: WalkedFile) {
  return {
    code: 'DataChanged',
    message: `${file.source} changed while it was being stored; nothing was stored`,
    hint: 'wait until nothing writes to it any more, then try again',
  } as const
}

function nothingToStore({ root }: TreeRequest) {
  return {
    code: 'InvalidValue',
    message: `the folder ${root} holds no file to store`,
    hint: 'put a file into it; what .amlignore or .gitignore names does not count',
  } as const
}
