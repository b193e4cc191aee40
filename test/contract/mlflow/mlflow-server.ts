import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { removeHome } from '../../support/end-home.ts'

export interface MlflowServer extends AsyncDisposable {
  readonly url: string
  /** Process id of the first of its processes; it leads their group. */
  readonly pid: number
  /** Path of its database. */
  readonly database: string
  /** From the start of the process to the first answer. */
  readonly startMs: number
}

/** The real `mlflow server` on an empty SQLite database; resolves when it answers. */
export async function startMlflowServer(python: string, workers = 1): Promise<MlflowServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'amlet-mlflow-'))
  const port = await freePort()
  const database = path.join(folder, 'mlflow.db')
  const startedAt = performance.now()
  const child = spawn(
    python,
    ['-m', 'mlflow', 'server', '--workers', String(workers), '--port', String(port)].concat([
      '--backend-store-uri',
      `sqlite:///${database}`,
      '--artifacts-destination',
      path.join(folder, 'artifacts'),
    ]),
    // A group of its own: its workers end with it.
    { cwd: folder, detached: true, stdio: 'ignore' },
  )
  const { pid } = child
  if (pid === undefined) throw new Error('mlflow server could not be started')
  const end = () => {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It has ended already.
    }
  }
  process.once('exit', end)
  const url = `http://127.0.0.1:${port}`
  await answersAt(port, () => child.exitCode !== null)
  return {
    url,
    pid,
    database,
    startMs: performance.now() - startedAt,
    [Symbol.asyncDispose]: async () => {
      end()
      process.removeListener('exit', end)
      removeHome(folder)
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Knocks until somebody opens: the server says nothing when it is ready. */
async function answersAt(port: number, hasEnded: () => boolean): Promise<void> {
  for (;;) {
    if (hasEnded()) throw new Error('mlflow server ended at its start')
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' })
      socket.once('connect', () => resolve(true))
      socket.once('error', () => setTimeout(() => resolve(false), 20))
      socket.once('connect', () => socket.destroy())
    })
    if (!isOpen) continue
    const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)
    if (response?.ok) return
  }
}
