import { existsSync } from 'node:fs'
import { type Client, connect } from '../client/client.ts'
import { homePaths } from '../files/home.ts'
import type { Context } from './context.ts'

/** A client for the home of this environment. The first start of all says, once, where things are kept. */
export async function connectFor(
  { env, log }: Pick<Context, 'env' | 'log'>,
  { autoStart = true }: { readonly autoStart?: boolean } = {},
): Promise<Client> {
  const home = homePaths(env)
  const isFirst = !existsSync(home.db)
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

/** What of a folder goes to a server elsewhere: as for code, ignored files stay here. */
async function listForUpload(folder: string): Promise<readonly string[]> {
  const { readCodeIgnoreRule } = await import('../files/ignore-rules.ts')
  const { walkTree } = await import('../files/walk.ts')
  const { files } = walkTree(folder, { ignore: readCodeIgnoreRule(folder) })
  return files.map((file) => file.path)
}
