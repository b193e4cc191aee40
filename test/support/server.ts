import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Client, connect } from '../../src/client/client.ts'
import type { ServerFile, StartReport } from '../../src/core/wire.ts'
import { homePaths } from '../../src/files/home.ts'
import { removeHome } from './end-home.ts'

const PROGRAM = path.resolve(import.meta.dirname, '../../src/server/run.ts')

export interface TestServer extends AsyncDisposable {
  readonly home: string
  readonly info: ServerFile
  readonly process: ChildProcess
  /** Over the unix socket. */
  readonly client: Client
  /** Content of the home's token file. */
  readonly token: string
  /** What it has written to its standard error so far. */
  errors(): string
  /** SIGTERM, and waits for the end. The home stays. */
  stop(): Promise<number | null>
  /** SIGKILL, and waits for the end. The home stays. */
  kill(): Promise<void>
  /** Starts another server on the same home. */
  restart(): Promise<TestServer>
}

export interface TestServerOptions {
  /** An existing home; else a new one that is removed at the end. */
  readonly home?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Starts a real server process on a home of its own and resolves when it answers. `await using` stops it, and its
 * worker, and removes the home.
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const home = options.home ?? mkdtempSync(path.join(tmpdir(), 'amlet-test-'))
  const { child, report, errors } = await spawnServer(home, options)
  if (!report.ready) throw new Error(report.error.message)
  const paths = homePaths({ ...options.env, AMLET_HOME: home })
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const ended = once(child, 'exit')
    child.kill(signal)
    const [code] = await ended
    return code as number | null
  }
  return {
    home,
    info: report,
    process: child,
    errors,
    client: connect({ home: paths, env: {}, autoStart: false }),
    token: readFileSync(paths.token, 'utf8').trim(),
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL')
    },
    restart: async () => {
      await end('SIGTERM')
      return startTestServer({ ...options, home })
    },
    [Symbol.asyncDispose]: async () => {
      await end('SIGTERM')
      removeHome(home)
    },
  }
}

/** Starts a server process and resolves with the one line it says about its start. */
export async function spawnServer(
  home: string,
  { args = [], env = {} }: Omit<TestServerOptions, 'home'> = {},
): Promise<{
  readonly child: ChildProcess
  readonly report: StartReport
  readonly errors: () => string
}> {
  const child = spawn(process.execPath, [PROGRAM, '--home', home, ...args], {
    cwd: tmpdir(),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  let problems = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    problems += chunk
    process.stderr.write(chunk)
  })
  child.stdout?.setEncoding('utf8')
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) =>
      reject(new Error(`the server ended at its start: ${signal ?? code}; it said ${text}`)),
    )
    child.stdout?.on('data', (chunk: string) => {
      text += chunk
      if (text.includes('\n')) {
        const report = JSON.parse(text) as StartReport
        resolve({ child, report, errors: () => problems })
      }
    })
  })
}
