import { existsSync } from 'node:fs'
import { cp, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AmletError } from '../../core/errors.ts'
import { homePaths } from '../../files/home.ts'
import type { Run } from '../grammar/command.ts'

/** `server backup`: the server copies its home while jobs go on. */
export const backupServer: Run = async (context, args) => {
  const client = await context.connect()
  const path = resolve(context.cwd, args.need('path'))
  return { value: await client.post('/server/backup', { path }) }
}

/** Files that belong to one running server and mean nothing elsewhere. */
const OF_A_PROCESS = new Set(['server.sock', 'worker.sock', 'server.json', 'lock.db'])

/** `server restore`: makes an empty home from a backup. Never writes over a home that holds something. */
export const restoreServer: Run = async (context, args) => {
  const { root } = homePaths(context.env)
  const path = resolve(context.cwd, args.need('path'))
  if (!existsSync(join(path, 'amlet.db')))
    throw new AmletError({
      code: 'FileNotFound',
      message: `${path} is no backup: it has no amlet.db`,
      hint: 'name a folder that `amlet server backup --path` made',
    })
  const held = existsSync(root) ? await readdir(root) : []
  if (held.length > 0)
    throw new AmletError({
      code: 'HomeInUse',
      message: `${root} is not empty, so nothing was restored into it`,
      hint: 'move it away, or set AMLET_HOME to a new folder',
    })
  await cp(path, root, {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
    filter: (source) => !OF_A_PROCESS.has(source.split('/').at(-1) ?? ''),
  })
  context.log.note(`restored into ${root}`)
  return {}
}
