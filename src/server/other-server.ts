import { watch } from 'node:fs'
import { createConnection } from 'node:net'
import type { ServerFile } from '../core/wire.ts'
import { homePaths } from '../files/home.ts'
import { readServerFile } from './lock.ts'

const PATIENCE_MS = 10_000
/** Events of a watched folder may be lost; the answer is looked for at this pace besides. */
const LOOK_EVERY_MS = 100

/**
 * The server that holds the home, once it answers: two commands that start one at the same moment both get the
 * one that came first. Undefined when it does not answer in time.
 */
export async function otherServer(root: string): Promise<ServerFile | undefined> {
  const { serverJson } = homePaths({ ...process.env, AMLET_HOME: root })
  const changes = watch(root)
  const untilMs = Date.now() + PATIENCE_MS
  try {
    while (Date.now() < untilMs) {
      const changed = new Promise((resolve) => {
        changes.once('change', resolve)
        setTimeout(resolve, LOOK_EVERY_MS)
      })
      const other = readServerFile(serverJson)
      if (other !== undefined && (await isAnswering(other.socket))) return other
      await changed
    }
    return undefined
  } finally {
    changes.close()
  }
}

function isAnswering(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection(socket)
    connection.once('error', () => resolve(false))
    connection.once('connect', () => {
      connection.destroy()
      resolve(true)
    })
  })
}
