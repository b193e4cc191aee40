import { randomUUID } from 'node:crypto'
import { mkdirSync, renameSync } from 'node:fs'
import { lstat, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import {
  dropAnonymousCode,
  listAnonymousCode,
  listKeptAttempts,
  readAssetTexts,
  readJobTexts,
} from '../store/gc.ts'
import type { Context } from './context.ts'
import { packFolder } from './layouts.ts'
import { localDatastores } from './places.ts'

/** Environments built on this machine, as the collector sees them. */
export interface EnvironmentStore {
  list(): Promise<
    readonly { readonly digest: string; readonly path: string; readonly usedAtMs: number }[]
  >
  measure(path: string): Promise<number>
  remove(digest: string): Promise<void>
}

export interface GcOptions {
  /** Says what would go, and removes nothing. */
  readonly dryRun: boolean
  readonly environments?: EnvironmentStore | undefined
  /** Environments that no job has asked for since so long go. Default 30 days. */
  readonly environmentsUnusedMs?: number | undefined
}

interface GcItem {
  readonly path: string
  readonly size_bytes: number
  readonly reason: string
}

export interface GcReport {
  readonly dry_run: boolean
  readonly items: readonly GcItem[]
  readonly freed_bytes: number
}

interface Candidate {
  readonly path: string
  readonly reason: string
  /** Asked again right before the removal. */
  readonly isFree: () => boolean
}

const MONTH_MS = 30 * 24 * 3600_000

/**
 * Removes bytes that nothing refers to any more: uploads that no asset and no job names, what interrupted work
 * left in staging folders, caches of things that are gone, environments long unused. Bytes that anything
 * still refers to are never touched.
 */
export async function collectGarbage(ctx: Context, options: GcOptions): Promise<GcReport> {
  await ctx.layouts.settled()
  const live = await findLive(ctx)
  const candidates = [
    ...(await deadUploads(ctx, live)),
    ...(await deadStaging(ctx)),
    ...(await deadCaches(ctx, live)),
  ]
  const items: GcItem[] = []
  for (const candidate of candidates) {
    const { path, reason } = candidate
    const size_bytes = await sizeOf(path)
    if (options.dryRun || (await remove(ctx, candidate))) items.push({ path, size_bytes, reason })
  }
  if (!options.dryRun) dropAnonymousCode(ctx.db, live.deadCode)
  items.push(...(await deadEnvironments(ctx, options)))
  const freed_bytes = items.reduce((sum, item) => sum + item.size_bytes, 0)
  return { dry_run: options.dryRun, items, freed_bytes }
}

interface Live {
  /** Content hashes of uploads that something names. */
  readonly hashes: ReadonlySet<string>
  /** Names of cache folders that a job was given. */
  readonly caches: ReadonlySet<string>
  readonly deadCode: readonly number[]
}

async function findLive(ctx: Context): Promise<Live> {
  const hashes = new Set<string>()
  const caches = new Set<string>()
  const code = new Set<string>()
  const scan = (text: string) => {
    for (const [, hash = ''] of text.matchAll(/LocalUpload\/([0-9a-f]{64})/g)) hashes.add(hash)
    for (const [, name = ''] of text.matchAll(/\/http(?:-folders)?\/([0-9a-f]{32})/g))
      caches.add(name)
    for (const [, name = ''] of text.matchAll(/\/codes\/([0-9a-f-]{36})\//g)) code.add(name)
  }
  for (const texts of readJobTexts(ctx.db)) {
    texts.forEach(scan)
    await setImmediate()
  }
  readAssetTexts(ctx.db).forEach(scan)
  const deadCode: number[] = []
  for (const { id, name, uri } of listAnonymousCode(ctx.db)) {
    const hash = /LocalUpload\/([0-9a-f]{64})/.exec(uri)?.[1] ?? ''
    if (code.has(name) || ctx.leases.holds(hash)) scan(uri)
    else if (!hashes.has(hash)) deadCode.push(id)
  }
  return { hashes, caches, deadCode }
}

/** Uploads, and packs that were never laid out; both are named after their content. */
async function deadUploads(ctx: Context, { hashes }: Live): Promise<Candidate[]> {
  const found: Candidate[] = []
  const places = localDatastores(ctx).flatMap(({ folder }) => [
    join(folder, 'LocalUpload'),
    packFolder(folder),
  ])
  for (const place of places)
    for (const name of await namesIn(place)) {
      const hash = /^([0-9a-f]{64})(-|$)/.exec(name)?.[1]
      if (hash === undefined || hashes.has(hash)) continue
      const path = join(place, name)
      const isFree = () => !ctx.leases.holds(hash)
      if (isFree()) found.push({ path, reason: 'upload that nothing refers to', isFree })
    }
  return found
}

/** Outputs in the making are called `<attempt>-<output>`. */
const UUID_LENGTH = 36

async function deadStaging(ctx: Context): Promise<Candidate[]> {
  const kept = listKeptAttempts(ctx.db)
  const found: Candidate[] = []
  for (const { folder } of localDatastores(ctx))
    for (const name of await namesIn(join(folder, '.staging'))) {
      const path = join(folder, '.staging', name)
      const isFree = () =>
        name.startsWith('upload-') ? isDead(name) : !kept.has(name.slice(0, UUID_LENGTH))
      if (isFree()) found.push({ path, reason: 'left by interrupted work', isFree })
    }
  return found
}

/** `upload-<pid>-<id>`: whether that process is gone. */
function isDead(name: string): boolean {
  const pid = Number(/^upload-(\d+)-/.exec(name)?.[1])
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

async function deadCaches(ctx: Context, { caches }: Live): Promise<Candidate[]> {
  const { cache } = ctx.home
  const isFree = () => true
  const found: Candidate[] = []
  for (const kind of ['http', 'http-folders'])
    for (const name of await namesIn(join(cache, kind))) {
      if (!/^[0-9a-f]{32}$/.test(name) || caches.has(name)) continue
      found.push({
        path: join(cache, kind, name),
        reason: 'remote file that no job was given',
        isFree,
      })
    }
  for (const name of await namesIn(join(cache, 'trash')))
    found.push({ path: join(cache, 'trash', name), reason: 'left by interrupted work', isFree })
  for (const name of await namesIn(join(cache, 'fingerprints'))) {
    const path = join(cache, 'fingerprints', name)
    if (await isForgotten(path)) found.push({ path, reason: 'about a folder that is gone', isFree })
  }
  return found
}

async function isForgotten(file: string): Promise<boolean> {
  try {
    const { root } = JSON.parse(await readFile(file, 'utf8')) as { root: string }
    return await lstat(root).then(
      () => false,
      () => true,
    )
  } catch {
    return true
  }
}

async function deadEnvironments(ctx: Context, options: GcOptions): Promise<GcItem[]> {
  const { environments, dryRun, environmentsUnusedMs = MONTH_MS } = options
  if (environments === undefined) return []
  const items: GcItem[] = []
  for (const { digest, path, usedAtMs } of await environments.list()) {
    if (usedAtMs > ctx.now() - environmentsUnusedMs) continue
    const size_bytes = await environments.measure(path)
    if (!dryRun) await environments.remove(digest)
    items.push({ path, size_bytes, reason: 'environment that no job has asked for in a long time' })
  }
  return items
}

/** Out of sight at once, then gone: a crash in between leaves it where the next collection finds it. */
async function remove(ctx: Context, { path, isFree }: Candidate): Promise<boolean> {
  if (ctx.isProtecting) await ctx.trees.run('setTreeWritable', { root: path, isWritable: true })
  if (!isFree()) return false
  const trash = join(ctx.home.cache, 'trash', randomUUID())
  mkdirSync(join(ctx.home.cache, 'trash'), { recursive: true, mode: 0o700 })
  try {
    renameSync(path, trash)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    await rm(path, { recursive: true, force: true })
    return true
  }
  await rm(trash, { recursive: true, force: true })
  return true
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort()
}

async function sizeOf(path: string): Promise<number> {
  const stats = await lstat(path).catch(() => undefined)
  if (stats === undefined) return 0
  if (!stats.isDirectory()) return stats.size
  let sum = 0
  for (const name of await namesIn(path)) sum += await sizeOf(join(path, name))
  return sum
}
