import type { Context } from '../context.ts'

/** Opens a page of the server, `/jobs/…`, by a link that signs the browser in; without a screen the link is printed. */
export async function openPath(path: string, { connect, env, log }: Context): Promise<void> {
  const client = await connect()
  const { url } = await client.post<{ readonly url: string }>('/page-links', { path })
  const say = () => log.warning(`no browser could be started; within a minute, open ${url}`)
  if (hasScreen(env)) await startBrowser(url, say)
  else say()
}

/** Without a screen the openers of Linux try text browsers, or wait. */
function hasScreen(env: Context['env']): boolean {
  const names = ['DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME', 'BROWSER']
  return process.platform === 'darwin' || names.some((name) => Boolean(env[name]))
}

async function startBrowser(url: string, onFailure: () => void): Promise<void> {
  const { spawn } = await import('node:child_process')
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open'
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true })
  child.once('error', onFailure)
  child.unref()
}
