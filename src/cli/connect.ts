import { existsSync } from 'node:fs'
import { type Client, connect } from '../client/client.ts'
import { homePaths } from '../files/home.ts'
import type { Context } from './context.ts'

/** A client for the home of this environment. The first start of all says, once, where things are kept. */
export function connectFor(
  { env, log }: Pick<Context, 'env' | 'log'>,
  { autoStart = true }: { readonly autoStart?: boolean } = {},
): Client {
  const home = homePaths(env)
  const isFirst = !existsSync(home.db)
  return connect({
    home,
    env,
    autoStart,
    onStarted: () => {
      if (isFirst) log.note(`amlet keeps its data in ${home.root}. Is all well here? amlet doctor`)
      else log.info('a server was started in the background')
    },
  })
}
