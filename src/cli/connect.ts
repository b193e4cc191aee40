import { existsSync } from 'node:fs'
import { type Client, connect } from '../client/client.ts'
import { AmletError } from '../core/errors.ts'
import { homePaths } from '../files/home.ts'
import type { Context } from './context.ts'

/** A client for the home of this environment. The first start of all says, once, where things are kept. */
export async function connectFor(
  { env, log }: Pick<Context, 'env' | 'log'>,
  { autoStart = true }: { readonly autoStart?: boolean } = {},
): Promise<Client> {
  const home = homePaths(env)
  const isFirst = !existsSync(home.db)
  checkNode(home.socket, env)
  const client = connect({
    home,
    env,
    autoStart,
    listFiles: listForUpload,
    onStarted: () => {
      if (isFirst) log.note(`amlet keeps its data in ${home.root}. Is all well here? amlet doctor`)
      else log.info('a server was started in the background')
    },
  })
  return log.isDebug ? (await import('./debug-client.ts')).traceCalls(client, log) : client
}

const SERVER_NODE = 24

/** A command runs on an older Node than the server does: said before a server fails to start. */
function checkNode(socket: string, env: Context['env']): void {
  const { node } = process.versions
  if (Number.parseInt(node, 10) >= SERVER_NODE || env['AMLET_URL'] || existsSync(socket)) return
  throw new AmletError({
    code: 'ServerUnavailable',
    message: `the server needs Node ${SERVER_NODE} or newer; this is Node ${node}`,
    hint: 'install a newer Node, or use ./amlet of a clone, which brings one',
  })
}

/** What of a folder goes to a server elsewhere: as for code, ignored files stay here. */
async function listForUpload(folder: string): Promise<readonly string[]> {
  const { readCodeIgnoreRule } = await import('../files/ignore-rules.ts')
  const { walkTree } = await import('../files/walk.ts')
  const { files } = walkTree(folder, { ignore: readCodeIgnoreRule(folder) })
  return files.map((file) => file.path)
}
