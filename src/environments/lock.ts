import { randomUUID } from 'node:crypto'
import { link, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

const POLL_MS = 25

interface Holder {
  readonly id: string
  readonly pid: number
  /** The kernel's start time of the process, where it can be had: a pid is used again, this is not. */
  readonly startedAt: string
}

/**
 * Runs `work` while no other process that locks the same path runs theirs. The lock dies with its holder: one
 * whose process has ended is taken over, so a crash leaves nothing to clean up.
 *
 * @param path a file in a folder that exists; it is there only while the lock is held.
 */
export async function withLock<Result>(
  path: string,
  work: () => Promise<Result>,
  { onWait, signal }: { onWait?: () => void; signal?: AbortSignal | undefined } = {},
): Promise<Result> {
  const mine: Holder = {
    id: randomUUID(),
    pid: process.pid,
    startedAt: await processStart(process.pid),
  }
  let hasWaited = false
  while (!(await tryLock(path, mine))) {
    if (!hasWaited) onWait?.()
    hasWaited = true
    await wait(POLL_MS, undefined, signal === undefined ? {} : { signal })
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

/** Creates the file with its whole content in one step (a hard link), so a reader never sees half of it. */
async function tryLock(path: string, mine: Holder): Promise<boolean> {
  const draft = `${path}.${mine.id}`
  await writeFile(draft, JSON.stringify(mine))
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
    await removeDead(path, mine.id)
    return false
  } finally {
    await unlink(draft)
  }
}

/** Two takers may both see a dead holder: only the one that gets the guard removes it, after a second look. */
async function removeDead(path: string, id: string): Promise<void> {
  const holder = await readHolder(path)
  if (holder === undefined || (await isAlive(holder))) return
  const guard = `${path}.dead`
  const guardHolder = await readHolder(guard)
  if (guardHolder !== undefined && !(await isAlive(guardHolder))) await rm(guard, { force: true })
  const own = { id, pid: process.pid, startedAt: await processStart(process.pid) }
  try {
    await writeFile(guard, JSON.stringify(own), { flag: 'wx' })
  } catch (error) {
    if (isCode(error, 'EEXIST')) return
    throw error
  }
  try {
    const again = await readHolder(path)
    if (again?.id === holder.id) await rm(path, { force: true })
  } finally {
    await rm(guard, { force: true })
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder
  } catch (error) {
    if (isCode(error, 'ENOENT') || error instanceof SyntaxError) return undefined
    throw error
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    return isCode(error, 'EPERM')
  }
  return (await processStart(holder.pid)) === holder.startedAt
}

/** Field 22 of `/proc/<pid>/stat`; empty where there is no `/proc`, which leaves the pid alone to decide. */
async function processStart(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
