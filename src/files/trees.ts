import { basename } from 'node:path'
import { AmletError } from '../core/errors.ts'
import { openFingerprintCache, writeFingerprintCache } from './fingerprint-cache.ts'
import { readCodeIgnoreRule, readIgnoreRule } from './ignore-rules.ts'
import { Progress } from './progress.ts'
import { type CopyPlace, readFilesTogether } from './read-files.ts'
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
  /** Absolute real path of a folder that is left out wherever it stands: amlet's own. */
  readonly exclude?: string
  /** Where hashes of unchanged files are remembered; without it every file is read. */
  readonly cacheFolder?: string
  /** Of a `Progress`, when somebody watches. */
  readonly progress?: SharedArrayBuffer | undefined
}

export interface TreeSummary {
  readonly isFile: boolean
  readonly hash: string
  readonly fileCount: number
  readonly sizeBytes: number
  /** Relative paths of links that lead out of the root; their content is part of the tree. */
  readonly outsideLinks: readonly string[]
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
  const progress = request.progress && new Progress(request.progress)
  const { root, exclude } = request
  const tree = walkTree(root, { ignore: ruleOf(request), exclude, progress })
  if (!tree.isFile || !request.asFolder) return tree
  const files = tree.files.map((file) => ({ ...file, path: basename(request.root) }))
  return { ...tree, isFile: false, files }
}

function listInclude(root: string, request: TreeRequest): WalkedFile[] {
  const ignore = ruleOf({ ...request, root })
  const included = walkTree(root, { ignore, exclude: request.exclude })
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
export async function hashTree(request: TreeRequest): Promise<TreeSummary> {
  const reading = startReading(request)
  await reading.readRest()
  return reading.summary()
}

/** A tree whose files are being read, those that are remembered left out. */
export interface TreeReading {
  readonly tree: WalkedTree
  /** Files that are remembered from last time. */
  readonly known: readonly WalkedFile[]
  /** Reads the others once, for hash and copy. */
  readRest(copyTo?: CopyPlace): Promise<void>
  /** Valid when all is read. */
  hashOf(file: WalkedFile): string
  summary(): TreeSummary
}

/** Lists a tree and looks up what is remembered of it; what is read anew is remembered. */
export function startReading(request: TreeRequest): TreeReading {
  const startedMs = Date.now()
  const tree = listTree(request)
  const { cacheFolder: folder, root } = request
  const cache = folder === undefined ? undefined : openFingerprintCache(folder, root)
  const hashes = new Map<WalkedFile, string>()
  for (const file of tree.files) {
    const sha256 = cache?.lookUp(file)
    if (sha256 !== undefined) hashes.set(file, sha256)
  }
  const known = tree.files.filter((file) => hashes.has(file))
  const hashOf = (file: WalkedFile) => hashes.get(file) ?? ''
  const hashed = () => tree.files.map((file) => ({ file, sha256: hashOf(file) }))
  return {
    tree,
    known,
    hashOf,
    async readRest(copyTo) {
      const files = tree.files.filter((file) => !hashes.has(file))
      if (files.length === 0) return
      const progress = request.progress && new Progress(request.progress)
      progress?.expect(files.length, sizeOf(files))
      const read = await readFilesTogether({ files, copyTo, progress })
      files.forEach((file, i) => {
        hashes.set(file, read[i] ?? '')
      })
      if (folder === undefined) return
      // Nobody waits for it: it only speeds up the next time.
      setImmediate(() => writeFingerprintCache({ folder, root }, hashed(), startedMs))
    },
    summary: () => summarise(tree, hashed()),
  }
}

function summarise(tree: WalkedTree, files: readonly HashedFile[]): TreeSummary {
  const sizeBytes = sizeOf(tree.files)
  const { isFile, outsideLinks } = tree
  return { isFile, hash: treeHash(tree, files), fileCount: files.length, sizeBytes, outsideLinks }
}

function sizeOf(files: readonly WalkedFile[]): number {
  return files.reduce((sum, file) => sum + file.sizeBytes, 0)
}
