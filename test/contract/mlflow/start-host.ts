import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface Host extends AsyncDisposable {
  readonly url: string
  readonly folder: string
  readonly process: ChildProcess
  /** Ends the process at once, as `kill -9`, and starts another on the same folder and port. */
  killAndRestart(): Promise<Host>
}

/** MLflow's surface in a process of its own, on a folder that is removed at the end. */
export async function startHost(
  given: { readonly folder?: string; readonly port?: number } = {},
): Promise<Host> {
  const folder = given.folder ?? mkdtempSync(path.join(tmpdir(), 'amlet-mlflow-'))
  const program = path.join(import.meta.dirname, 'host.ts')
  const child = spawn(process.execPath, [program, folder, String(given.port ?? 0)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  const url = line.trim()
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  return {
    url,
    folder,
    process: child,
    killAndRestart: async () => {
      await end('SIGKILL')
      return startHost({ folder, port: Number(new URL(url).port) })
    },
    [Symbol.asyncDispose]: async () => {
      await end('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
