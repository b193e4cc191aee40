import { randomUUID } from 'node:crypto'
import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { constants, copyFile, cp } from 'node:fs/promises'
import path from 'node:path'
import { AmletError } from '../core/errors.ts'
import type { HomePaths } from '../files/home.ts'
import { makeFolder } from '../files/make-folder.ts'
import { listOpenAttempts, renameAttempt } from '../store/attempts.ts'
import { type Db, openDb } from '../store/db.ts'

export interface BackupReport {
  readonly path: string
  readonly size_bytes: number
}

/**
 * Copies a home while its server runs: the databases as they are at this moment, then the bytes they name, shared
 * with the originals where the file system can. Environments and caches stay out: they are made again.
 *
 * @throws AmletError `InvalidState` when the target holds something, or lies in the home.
 */
export async function backupHome(
  { home, db }: { readonly home: HomePaths; readonly db: Db },
  target: string,
): Promise<BackupReport> {
  prepareTarget(home, target)
  const copy = path.join(target, path.basename(home.db))
  copyDb(db, copy)
  const running = makeOwn(copy)
  if (existsSync(home.metricsDb)) {
    const metrics = openDb(home.metricsDb, { readOnly: true })
    copyDb(metrics, path.join(target, path.basename(home.metricsDb)))
    metrics.close()
  }
  for (const file of [home.token, home.secret, home.config])
    if (existsSync(file)) await copyFile(file, path.join(target, path.basename(file)))
  for (const folder of [home.datastores, home.runs])
    await copyFolder(home, folder, { target, without: running })
  return { path: target, size_bytes: sizeOf(target) }
}

function prepareTarget(home: HomePaths, target: string): void {
  if (!path.isAbsolute(target))
    throw new AmletError({
      code: 'UsageError',
      message: `"${target}" is no absolute path`,
      hint: 'name the folder from the root',
    })
  if (`${target}/`.startsWith(`${home.root}/`))
    throw new AmletError({
      code: 'InvalidState',
      message: `${target} lies in the home that is to be copied`,
      hint: 'choose a folder outside',
    })
  makeFolder(target, 0o700)
  if (readdirSync(target).length === 0) return
  throw new AmletError({
    code: 'InvalidState',
    message: `${target} is not empty, so nothing was written there`,
    hint: 'name a new folder',
  })
}

/** The database as of now, in one piece and without its log. */
function copyDb(db: Db, file: string): void {
  db.exec(`vacuum into '${file.replaceAll("'", "''")}'`)
}

/**
 * The original may be running beside its copy, which takes neither its port nor its processes: attempts that have not
 * ended get ids that no process has. The copy finds them lost and tries them again.
 *
 * @returns their ids in the original.
 */
function makeOwn(file: string): ReadonlySet<string> {
  const copy = openDb(file)
  copy.run("delete from setting where key = 'port'")
  const running = listOpenAttempts(copy).map(({ id }) => id)
  copy.transaction(() => {
    for (const id of running) renameAttempt(copy, id, randomUUID())
  })
  copy.close()
  return new Set(running)
}

async function copyFolder(
  home: HomePaths,
  folder: string,
  { target, without }: { readonly target: string; readonly without: ReadonlySet<string> },
): Promise<void> {
  const isLeftOut = (name: string) => name === '.staging' || without.has(name)
  await cp(folder, path.join(target, path.relative(home.root, folder)), {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (source) => !isLeftOut(path.basename(source)),
  })
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + lstatSync(path.join(entry.parentPath, entry.name)).size, 0)
}
