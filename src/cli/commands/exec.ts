import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '../../client/client.ts'
import { AmletError } from '../../core/errors.ts'
import type { ServerStatus, StreamEvent } from '../../core/wire.ts'
import { homePaths } from '../../files/home.ts'
import { makeFolder } from '../../files/make-folder.ts'
import type { Context } from '../context.ts'
import type { Run } from '../grammar/command.ts'
import { isEnded } from '../stream/statuses.ts'
import { endWorkers } from './end-workers.ts'
import { NO_STEP } from './job.ts'
import { apiPath } from './paths.ts'

/** `exec -- COMMAND`: a home and a server for one command, gone afterwards; its exit code is ours. */
export const execCommand: Run = async (context, args) => {
  const signals = new PassedSignals()
  const kept = args.text('keep-home')
  const root =
    kept === undefined ? await mkdtemp(join(tmpdir(), 'amlet-')) : resolve(context.cwd, kept)
  if (kept !== undefined) makeFolder(root, 0o700)
  const env = { ...context.env, AMLET_HOME: root, AMLET_URL: undefined, AMLET_TOKEN: undefined }
  const client = connect({ home: homePaths(env), env, autoStart: true })
  try {
    const { url } = await client.get<ServerStatus>('/server')
    if (signals.early !== undefined) return { exitCode: exitCodeOf(signals.early) }
    context.log.info(`a server of its own answers at ${url}, home ${root}`)
    const variables = { ...env, ...trackingOf(url, root), PATH: pathWithAmlet(context.env['PATH']) }
    return { exitCode: await run(args.words, variables, signals) }
  } finally {
    await stop(client, context)
    await endWorkers(root)
    if (kept === undefined) await rm(root, { recursive: true, force: true })
    signals.close()
  }
}

/** In a clone `amlet` is not on the path; the command finds it all the same. */
function pathWithAmlet(path = ''): string {
  const launcher = fileURLToPath(new URL('../../../amlet', import.meta.url))
  return existsSync(launcher) ? `${path}${delimiter}${dirname(launcher)}` : path
}

/** Scripts of the command log to this server without a line of set-up. */
function trackingOf(url: string, root: string): Record<string, string> {
  const token = readFileSync(join(root, 'token'), 'utf8').trim()
  return { MLFLOW_TRACKING_URI: url, MLFLOW_TRACKING_TOKEN: token }
}

async function stop(client: ReturnType<typeof connect>, { log }: Context): Promise<void> {
  try {
    await endOpenJobs(client)
    await client.stopServer()
  } catch (error) {
    log.info(`the server was not there any more: ${(error as Error).message}`)
  }
}

/** What the command left running would write into a folder that is about to go. */
async function endOpenJobs(client: ReturnType<typeof connect>): Promise<void> {
  const { value } = await client.get<{ value: readonly { name: string; status: string }[] }>(
    '/jobs',
    { query: { brief: true } },
  )
  const open = value.filter(({ status }) => !isEnded(status))
  for (const { name } of open) await cancel(client, name)
  const query = { step: [NO_STEP] }
  for (const { name } of open)
    for await (const event of client.stream<StreamEvent>(`${apiPath('jobs', name)}/stream`, {
      query,
    }))
      if (event.type === 'end') break
}

async function cancel(client: ReturnType<typeof connect>, name: string): Promise<void> {
  try {
    await client.post(`${apiPath('jobs', name)}/cancel`)
  } catch (error) {
    const hasEnded = error instanceof AmletError && error.code === 'InvalidState'
    if (!hasEnded) throw error
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Signals go to the command. None ends this process, which has a server and a folder to remove. */
class PassedSignals {
  /** One that came before there was a command. */
  early: NodeJS.Signals | undefined
  #child: ChildProcess | undefined
  readonly #pass = (signal: NodeJS.Signals) => {
    if (this.#child === undefined) this.early ??= signal
    else this.#child.kill(signal)
  }

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#pass)
  }

  goTo(child: ChildProcess): void {
    this.#child = child
  }

  close(): void {
    for (const signal of SIGNALS) process.removeListener(signal, this.#pass)
  }
}

function run(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signals: PassedSignals,
): Promise<number> {
  const [program = '', ...rest] = words
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: 'inherit', env })
    signals.goTo(child)
    child.once('error', (cause) => reject(notStarted(program, cause)))
    child.once('exit', (code, signal) => resolve(code ?? exitCodeOf(signal ?? 'SIGTERM')))
  })
}

/** As a shell says it: 128 and the signal's number. */
function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}

function notStarted(program: string, cause: Error): AmletError {
  const problem = {
    code: 'UserError',
    message: `"${program}" could not be started: ${cause.message}`,
    hint: 'write the command after --, as in `amlet exec -- pytest tests`',
  } as const
  return new AmletError(problem, [], { cause })
}
