import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { AmletError } from '../../core/errors.ts'
import { type ProtectionKind, startArgv } from './protection.ts'

export interface WorkerProgram {
  readonly home: string
  readonly socketPath: string
  readonly protection: ProtectionKind
  readonly bootIdFile: string
  readonly idleSeconds: number
}

/** What a start came to. `busy`: another worker holds the home's lock. */
export type StartResult = 'ready' | 'busy' | { readonly failed: string }

const LOCK_IS_HELD = 75
/** Unix sockets have room for 104 to 108 bytes. */
const LONGEST_SOCKET_PATH = 100

const EXTENSION = path.extname(import.meta.filename)
const FOLDER = path.resolve(import.meta.dirname, '..', '..', 'worker')

/** Full path of one of the worker's programs, `main` or `shell`. */
export function workerEntry(name: 'main' | 'shell'): string {
  return path.join(FOLDER, `${name}${EXTENSION}`)
}

/** Where the worker of `home` listens. */
export function workerSocketPath(home: string): string {
  const inHome = path.join(home, 'worker.sock')
  if (Buffer.byteLength(inHome) <= LONGEST_SOCKET_PATH) return inHome
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16)
  return path.join(runtimeFolder(), `worker-${name}.sock`)
}

/** Names the worker's code: workers of another build are drained and replaced. */
export function workerBuild(): string {
  const hash = createHash('sha256')
  for (const file of readdirSync(FOLDER).sort()) {
    if (file.endsWith(EXTENSION) && !file.includes('.test.'))
      hash.update(file).update(readFileSync(path.join(FOLDER, file)))
  }
  return hash.digest('hex').slice(0, 16)
}

/** Starts a worker that outlives this process. */
export async function startWorker(program: WorkerProgram): Promise<StartResult> {
  const { home, protection } = program
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const [file = '', ...args] = startArgv({ home, protection, lock: true }, workerArgv(program))
  const log = openSync(path.join(home, 'worker.log'), 'a', 0o600)
  const child = spawn(file, args, {
    detached: true,
    cwd: '/',
    env: workerEnvironment(),
    stdio: ['ignore', 'pipe', log],
  })
  closeSync(log)
  const failed = new Promise<StartResult>((resolve) => {
    child.once('error', (error) => resolve({ failed: error.message }))
    child.once('exit', (code) =>
      resolve(code === LOCK_IS_HELD ? 'busy' : { failed: `it ended with code ${code}` }),
    )
  })
  const { stdout } = child
  if (stdout === null) throw new Error('a piped stdout is missing')
  const ready = once(stdout, 'data').then((): StartResult => 'ready')
  const result = await Promise.race([ready, failed])
  stdout.destroy()
  child.unref()
  return result
}

function workerArgv(program: WorkerProgram): string[] {
  return [
    process.execPath,
    workerEntry('main'),
    ...['--home', program.home],
    ...['--socket', program.socketPath],
    ...['--build', workerBuild()],
    ...['--protection', program.protection],
    ...['--boot-id-file', program.bootIdFile],
    ...['--idle-seconds', String(program.idleSeconds)],
  ]
}

/** Attempts get their own environment whole; the worker needs next to nothing. */
function workerEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'LANG']
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']))
}

function runtimeFolder(): string {
  const base =
    process.env['XDG_RUNTIME_DIR'] ?? path.join(os.tmpdir(), `amlet-${os.userInfo().uid}`)
  const folder = path.join(base, 'amlet')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (lstatSync(folder).uid !== os.userInfo().uid)
    throw new AmletError({
      code: 'ExecutorUnavailable',
      message: `the folder "${folder}" belongs to another user`,
      hint: 'set XDG_RUNTIME_DIR to a folder of your own, or AMLET_HOME to a shorter path',
    })
  return folder
}
