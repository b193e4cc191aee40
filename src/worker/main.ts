import { chmodSync, closeSync, existsSync, rmSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { parseArgs } from 'node:util'
import { ServerLink } from './connection.ts'
import { makeLaunchFolder } from './launch-folder.ts'
import { MOUNTER } from './mounter.ts'
import { Places, type Protection } from './places.ts'
import { readBootId } from './process-table.ts'
import { SpareFolders } from './spare-folders.ts'
import { Worker } from './worker.ts'

// The worker's program. Whoever starts it holds the home's lock on descriptor 3, and in a namespace keeps a
// mounter at the other ends of 4 and 5; all are inherited.
const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    socket: { type: 'string' },
    build: { type: 'string' },
    protection: { type: 'string' },
    'boot-id-file': { type: 'string' },
    'idle-seconds': { type: 'string' },
  },
})

function option(name: keyof typeof values): string {
  const value = values[name]
  if (value === undefined) throw new Error(`--${name} is missing`)
  return value
}

const socketPath = option('socket')
const launchFolder = makeLaunchFolder(option('home'))
const link = new ServerLink({ build: option('build'), onDrained: () => leave() })
const worker = new Worker({
  bootId: readBootId(option('boot-id-file')),
  places: new Places({
    home: option('home'),
    protection: option('protection') as Protection,
    mounter: MOUNTER,
  }),
  spareFolders: new SpareFolders(option('home')),
  launchFolder,
  report: (observation) => link.report(observation),
})

function leave(): void {
  rmSync(socketPath, { force: true })
  rmSync(launchFolder, { recursive: true, force: true })
  process.exit(0)
}

/** Whoever deletes a home deletes everything of it; a socket that is gone can be found by nobody. */
function isHomeGone(): boolean {
  return !existsSync(option('home')) || !existsSync(socketPath)
}

/** Leaves when there has been neither work nor a server for a while. */
function leaveWhenIdle(idleMs: number): void {
  let idleSinceMs = Date.now()
  const look = () => {
    if (link.isConnected || !worker.isIdle) idleSinceMs = Date.now()
    else if (isHomeGone() || Date.now() - idleSinceMs >= idleMs) leave()
  }
  setInterval(look, Math.min(idleMs, 10_000))
}

process.on('SIGTERM', leave)
process.on('SIGINT', leave)
process.on('SIGHUP', () => {})

// The lock is ours, so a socket that is there was left by a worker that is gone.
rmSync(socketPath, { force: true })
const umask = process.umask(0o177)
const server = createServer((socket) => link.serve(socket, worker))
server.listen(socketPath, () => {
  process.umask(umask)
  chmodSync(socketPath, 0o600)
  leaveWhenIdle(Number(option('idle-seconds')) * 1000)
  try {
    writeSync(1, 'ready\n')
    closeSync(1)
  } catch {
    // Whoever started us is gone; the next server finds the socket.
  }
})
