import { constants, copyFileSync, mkdirSync, type Stats, statSync } from 'node:fs'
import { chmod, copyFile, readdir, readlink, realpath, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'

/** Up to here a file is copied on the spot: handing it to a thread costs more than the copy. */
const SMALL_BYTES = 1_000_000
const FILES_BETWEEN_PAUSES = 50

/**
 * Makes `to` a private, writable copy of the file or folder `from`, replacing what a try before left.
 * Links are followed, so that the copy stands by itself; one that leads nowhere stays a link, one that leads
 * back up is refused. Uses reflinks where the file system has them.
 */
export async function copyTree(from: string, to: string): Promise<void> {
  const stats = statSync(from)
  await rm(to, { recursive: true, force: true })
  mkdirSync(path.dirname(to), { recursive: true })
  if (stats.isDirectory()) await new TreeCopy().copyFolder(from, to, [])
  else await copyOne(from, to, stats)
}

class TreeCopy {
  #sincePause = 0

  async copyFolder(from: string, to: string, above: readonly string[]): Promise<void> {
    const real = await realpath(from)
    if (above.includes(real)) throw new Error(`"${from}" is a link to a folder above it`)
    mkdirSync(to, { recursive: true })
    for (const entry of await readdir(from)) {
      const source = path.join(from, entry)
      const target = path.join(to, entry)
      const stats = statSync(source, { throwIfNoEntry: false })
      if (stats === undefined) await symlink(await readlink(source), target)
      else if (stats.isDirectory()) await this.copyFolder(source, target, [...above, real])
      else if (stats.isFile()) await copyOne(source, target, stats)
      await this.#pause()
    }
  }

  async #pause(): Promise<void> {
    this.#sincePause += 1
    if (this.#sincePause % FILES_BETWEEN_PAUSES === 0) await setImmediate()
  }
}

async function copyOne(from: string, to: string, stats: Stats): Promise<void> {
  if (stats.size <= SMALL_BYTES) copyFileSync(from, to, constants.COPYFILE_FICLONE)
  else await copyFile(from, to, constants.COPYFILE_FICLONE)
  if ((stats.mode & 0o200) === 0) await chmod(to, stats.mode | 0o600)
}
