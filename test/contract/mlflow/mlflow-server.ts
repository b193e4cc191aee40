import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
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

/** The real `mlflow server` on an empty SQLite database, on a port that it takes itself; resolves when it answers. */
export async function startMlflowServer(python: string, workers = 1): Promise<MlflowServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'amlet-mlflow-'))
  const database = path.join(folder, 'mlflow.db')
  const startedAt = performance.now()
  const child = spawn(
    python,
    ['-m', 'mlflow', 'server', '--workers', String(workers), '--port', '0'].concat([
      '--backend-store-uri',
      `sqlite:///${database}`,
      '--artifacts-destination',
      path.join(folder, 'artifacts'),
    ]),
    // A group of its own: its workers end with it.
    { cwd: folder, detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
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
  const url = await addressOf(child)
  await answersAt(url, () => child.exitCode !== null)
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

/** Where it listens, from the line that says so. What it says later is read too, so that it is never held up. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-20_000)
      const found = /running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said)
      if (found?.[1] !== undefined) resolve(found[1])
    })
    child.once('close', () => reject(new Error(`mlflow server ended at its start:\n${said}`)))
  })
}

/** Asks until it answers: of several workers the first may be long in coming. */
async function answersAt(url: string, hasEnded: () => boolean): Promise<void> {
  for (;;) {
    if (hasEnded()) throw new Error('mlflow server ended at its start')
    const response = await fetch(`${url}/health`).catch(() => undefined)
    if (response?.ok) return
    await wait(20)
  }
}
