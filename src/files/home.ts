import { statSync } from 'node:fs'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { AmletError } from '../core/errors.ts'
import { makeFolder } from './make-folder.ts'

/** Absolute paths of everything under `AMLET_HOME`. Paths stored in databases are relative to `root`. */
export interface HomePaths {
  readonly root: string
  /** Jobs, assets, computes, datastores, schedules. */
  readonly db: string
  /** MLflow points and runs. */
  readonly metricsDb: string
  /** Held by the one server of this home. */
  readonly lockDb: string
  readonly config: string
  readonly token: string
  readonly secret: string
  readonly serverJson: string
  readonly serverLog: string
  readonly socket: string
  readonly workerSocket: string
  readonly runs: string
  readonly datastores: string
  readonly environments: string
  readonly cache: string
  /** Programs that amlet fetched for itself, such as `uv`. */
  readonly tools: string
}

type Env = Readonly<Record<string, string | undefined>>

/** The kernel's limit is 108 bytes with the closing zero, 104 on macOS. */
const LONGEST_SOCKET_PATH = 100

/** Where everything is, without touching the disk. */
export function homePaths(env: Env): HomePaths {
  const root = resolve(env['AMLET_HOME'] || join(homedir(), '.amlet'))
  const sockets = socketFolder(root, env)
  return {
    root,
    db: join(root, 'amlet.db'),
    metricsDb: join(root, 'metrics.db'),
    lockDb: join(root, 'lock.db'),
    config: join(root, 'config'),
    token: join(root, 'token'),
    secret: join(root, 'secret'),
    serverJson: join(root, 'server.json'),
    serverLog: join(root, 'server.log'),
    socket: join(sockets, 'server.sock'),
    workerSocket: join(sockets, 'worker.sock'),
    runs: join(root, 'runs'),
    datastores: join(root, 'datastores'),
    environments: join(root, 'environments'),
    cache: join(root, 'cache'),
    tools: join(root, 'cache', 'tools'),
  }
}

/**
 * The home of `env` (`AMLET_HOME`, else `~/.amlet`), its folders made with mode 0700.
 *
 * @throws AmletError `StorageFailure` when the folder cannot be made, or a socket folder belongs to another user.
 */
export function openHome(env: Env): HomePaths {
  const home = homePaths(env)
  try {
    for (const folder of [home.root, home.runs, home.datastores, home.environments, home.cache])
      makeFolder(folder, 0o700)
  } catch (cause) {
    const problem = {
      code: 'StorageFailure',
      message: `the folder ${home.root} cannot be used: ${(cause as Error).message}`,
      hint: 'set AMLET_HOME to a folder that can be written',
    } as const
    throw new AmletError(problem, [], { cause })
  }
  if (!home.socket.startsWith(home.root)) makePrivateFolder(join(home.socket, '..'))
  return home
}

function socketFolder(root: string, env: Env): string {
  if (Buffer.byteLength(join(root, 'worker.sock')) <= LONGEST_SOCKET_PATH) return root
  const { createHash } = process.getBuiltinModule('node:crypto')
  const id = createHash('sha256').update(root).digest('hex').slice(0, 12)
  const runtime = env['XDG_RUNTIME_DIR']
  if (runtime !== undefined && runtime !== '') return join(runtime, `amlet-${id}`)
  return join(tmpdir(), `amlet-${userInfo().uid}-${id}`)
}

function makePrivateFolder(folder: string): void {
  makeFolder(folder, 0o700)
  const { uid, mode } = statSync(folder)
  if (uid === userInfo().uid && (mode & 0o077) === 0) return
  throw new AmletError({
    code: 'StorageFailure',
    message: `the folder ${folder} for the server's socket is open to other users`,
    hint: 'remove it, or set AMLET_HOME to a shorter path',
  })
}
