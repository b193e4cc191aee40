import { hash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import type { WalkedFile } from './walk.ts'

/**
 * Remembers the SHA-256 of files whose size, times and inode have not changed, one small file a folder, so that
 * an unchanged folder costs a walk. It is a cache: losing it costs a re-read.
 */
export interface FingerprintCache {
  lookUp(file: WalkedFile): string | undefined
}

type Entry = readonly [
  size: number,
  mtimeMs: number,
  ctimeMs: number,
  inode: number,
  sha256: string,
]

/** A file touched so shortly before it was read may change again within one tick of its clock. */
const RACY_MS = 50
const FORMAT = 1

export function openFingerprintCache(folder: string, root: string): FingerprintCache {
  mkdirSync(join(folder, 'fingerprints'), { recursive: true, mode: 0o700 })
  const entries = readEntries(cacheFile(folder, root))
  return {
    lookUp(file) {
      const entry = entries.get(file.path)
      if (entry === undefined) return undefined
      const [size, mtimeMs, ctimeMs, inode, sha256] = entry
      const same =
        size === file.sizeBytes &&
        mtimeMs === file.mtimeMs &&
        ctimeMs === file.ctimeMs &&
        inode === file.inode
      return same ? sha256 : undefined
    },
  }
}

/**
 * Replaces what is remembered of `root`. `startedMs` is when reading began. A cache that cannot be written is
 * none: it costs a re-read.
 */
export function writeFingerprintCache(
  { folder, root }: { readonly folder: string; readonly root: string },
  files: readonly { readonly file: WalkedFile; readonly sha256: string }[],
  startedMs: number,
): void {
  const entries: Record<string, Entry> = Object.create(null)
  for (const { file, sha256 } of files) {
    if (Math.max(file.mtimeMs, file.ctimeMs) > startedMs - RACY_MS) continue
    entries[file.path] = [file.sizeBytes, file.mtimeMs, file.ctimeMs, file.inode, sha256]
  }
  const target = cacheFile(folder, root)
  const temporary = `${target}.${process.pid}-${threadId}.tmp`
  try {
    writeFileSync(temporary, JSON.stringify({ format: FORMAT, root, entries }))
    renameSync(temporary, target)
  } catch {
    rmSync(temporary, { force: true })
  }
}

function cacheFile(folder: string, root: string): string {
  return join(folder, 'fingerprints', `${hash('sha256', root).slice(0, 32)}.json`)
}

function readEntries(file: string): ReadonlyMap<string, Entry> {
  try {
    const stored: { format: number; entries: Record<string, Entry> } = JSON.parse(
      readFileSync(file, 'utf8'),
    )
    if (stored.format === FORMAT) return new Map(Object.entries(stored.entries))
  } catch {
    // Absent or damaged: everything is read again.
  }
  return new Map()
}
