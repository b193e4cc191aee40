import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, copyFile, lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The uv that one home fetched, for the other homes of the same person: `~/.cache/amlet/uv-<platform>-<sha256>`.
 * A copy is believed when its folder and itself are the person's own, nobody else may write there, and it has the
 * bytes that its name says.
 */
const NAME = `uv-${process.platform}-${process.arch}-`

/** `~/.cache`, wherever that is. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache')
}

const sharedFolder = (env: NodeJS.ProcessEnv) => join(cacheFolder(env), 'amlet')

/** Copies a shared uv to `target`; its path, or undefined when there is none to be believed. */
export async function takeSharedUv(
  env: NodeJS.ProcessEnv,
  target: string,
): Promise<string | undefined> {
  const folder = sharedFolder(env)
  const names = (await isOwn(folder)) ? await readdir(folder).catch(() => []) : []
  for (const name of names.filter((each) => each.startsWith(NAME))) {
    const path = join(folder, name)
    if (!(await isOwn(path))) continue
    // The copy is looked at, not the original, which may change in between.
    const digest = await copyFile(path, target).then(
      () => digestOf(target),
      () => undefined,
    )
    if (name === `${NAME}${digest}`) {
      await chmod(target, 0o755)
      return path
    }
    await rm(target, { force: true })
  }
  return undefined
}

/** Puts a fetched uv there in place of what was; a cache that cannot be written is no fault. */
export async function shareUv(env: NodeJS.ProcessEnv, path: string): Promise<void> {
  const folder = sharedFolder(env)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    if (!(await isOwn(folder))) return
    const name = `${NAME}${await digestOf(path)}`
    const draft = await mkdtemp(join(folder, '.uv-'))
    try {
      await copyFile(path, join(draft, name))
      await chmod(join(draft, name), 0o500)
      await rename(join(draft, name), join(folder, name))
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
    for (const old of await readdir(folder))
      if (old.startsWith(NAME) && old !== name) await rm(join(folder, old), { force: true })
  } catch {
    // The home has its own.
  }
}

async function isOwn(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined || found.isSymbolicLink()) return false
  return found.uid === process.getuid?.() && (found.mode & 0o022) === 0
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
