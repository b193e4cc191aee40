import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { AmletError } from '../core/errors.ts'
import type { ServerFile, StartReport } from '../core/wire.ts'
import { makeFolder } from '../files/make-folder.ts'

/** Longer than any start; a server that needs more than this hangs. */
const START_TIMEOUT_MS = 20_000
/** A young generation that is large enough for the start, and small enough to wait beside somebody's own programs. */
const MEMORY = ['--min-semi-space-size=4', '--max-semi-space-size=8']

/**
 * Starts a server for the home in the background and resolves when it answers. When another process is starting
 * one at the same moment, that one is waited for.
 *
 * @throws AmletError what kept the server from starting; `ServerUnavailable` when it ended or hung without a word.
 */
export async function startInBackground(home: {
  readonly root: string
  readonly serverLog: string
}): Promise<ServerFile> {
  const log = openLog(home)
  const child = spawn(
    process.execPath,
    [...MEMORY, serverProgram(), '--home', home.root, '--auto-started'],
    {
      cwd: home.root,
      env: ownEnvironment(),
      detached: true,
      stdio: ['ignore', 'pipe', log],
    },
  )
  closeSync(log)
  try {
    return toServer(await readReport(child, home.serverLog))
  } finally {
    child.stdout?.destroy()
    child.unref()
  }
}

/** When a job's process starts it, the server is not that job's, and does not end with it. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const { AMLET_ATTEMPT_ID: _, ...env } = process.env
  return env
}

/** The home's log, and the home itself where there is none yet. */
function openLog({
  root,
  serverLog,
}: {
  readonly root: string
  readonly serverLog: string
}): number {
  try {
    makeFolder(root, 0o700)
    return openSync(serverLog, 'a', 0o600)
  } catch (cause) {
    const problem = {
      code: 'StorageFailure',
      message: `the folder ${root} cannot be used: ${(cause as Error).message}`,
      hint: 'set AMLET_HOME to a folder that can be written',
    } as const
    throw new AmletError(problem, [], { cause })
  }
}

/** The server's own program: beside this file's folder, in the sources and in what is built from them. */
function serverProgram(): string {
  const candidates = ['../server/run.ts', '../server/run.js', '../../server/run.js']
  const files = candidates.map((name) => fileURLToPath(new URL(name, import.meta.url)))
  const found = files.find((file) => existsSync(file))
  if (found !== undefined) return found
  throw new AmletError({
    code: 'ServerUnavailable',
    message: `the server's program is missing: ${files.join(', ')}`,
    hint: 'install amlet again',
  })
}

function readReport(child: ChildProcess, log: string): Promise<StartReport> {
  return new Promise((resolve, reject) => {
    let text = ''
    const timer = setTimeout(() => {
      child.kill()
      reject(unavailable(`the server did not answer within ${START_TIMEOUT_MS / 1000} s`, log))
    }, START_TIMEOUT_MS)
    const settle = (action: () => void) => {
      clearTimeout(timer)
      action()
    }
    child.once('error', (error) =>
      settle(() => reject(unavailable(`the server could not be started: ${error.message}`, log))),
    )
    child.once('exit', (code, signal) =>
      settle(() => reject(unavailable(`the server ended at its start (${signal ?? code})`, log))),
    )
    child.stdout?.setEncoding('utf8')
    child.stdout?.on('data', (chunk: string) => {
      text += chunk
      if (text.includes('\n')) settle(() => resolve(JSON.parse(text) as StartReport))
    })
  })
}

function toServer(report: StartReport): ServerFile {
  if (report.ready) return report
  const [first, ...rest] = report.error.details
  const problem = first ?? { code: 'ServerUnavailable', message: report.error.message }
  throw new AmletError(problem, rest)
}

function unavailable(message: string, log: string): AmletError {
  return new AmletError({ code: 'ServerUnavailable', message, hint: `see ${log}` })
}
