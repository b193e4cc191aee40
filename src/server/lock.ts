import { existsSync, readFileSync } from 'node:fs'
import { AmletError } from '../core/errors.ts'
import type { ServerFile } from '../core/wire.ts'
import { openDb } from '../store/db.ts'

export interface HomeLock {
  release(): void
}

/**
 * Takes the home for this process: an exclusive transaction on `lock.db`, held until `release` or the end of the
 * process, however it ends. The kernel drops the lock of a killed process, so no stale lock can be left behind.
 *
 * @throws AmletError `HomeInUse` when another server holds it; says which.
 */
export function lockHome(home: {
  readonly root: string
  readonly lockDb: string
  readonly serverJson: string
}): HomeLock {
  try {
    const db = openDb(home.lockDb, { busyTimeoutMs: 0, synchronous: 'NORMAL' })
    db.exec('begin exclusive')
    return {
      release: () => {
        db.exec('rollback')
        db.close()
      },
    }
  } catch (cause) {
    if (!/locked|busy/i.test(String(cause))) throw cause
    throw heldBy(home, cause)
  }
}

function heldBy(
  home: { readonly root: string; readonly serverJson: string },
  cause: unknown,
): AmletError {
  const holder = readServerFile(home.serverJson)
  const who =
    holder === undefined
      ? 'another server that is starting or stopping'
      : `the server with pid ${holder.pid}, started ${holder.started}, at ${holder.url}`
  return new AmletError(
    {
      code: 'HomeInUse',
      message: `${home.root} is in use by ${who}`,
      hint: 'use that server, stop it with `amlet server stop`, or set AMLET_HOME to another folder',
    },
    [],
    { cause },
  )
}

/** What the running server wrote about itself; undefined when there is none or it is half written. */
export function readServerFile(file: string): ServerFile | undefined {
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ServerFile
  } catch {
    return undefined
  }
}
