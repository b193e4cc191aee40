// A home of its own for a benchmark, and amlet's command on it.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export const AMLET =
  process.env.AMLET_BENCH_COMMAND ?? path.resolve(import.meta.dirname, '..', 'amlet')

export function openBenchHome(name) {
  const folder = mkdtempSync(path.join(tmpdir(), `amlet-bench-${name}-`))
  const env = { ...process.env, AMLET_HOME: path.join(folder, 'home') }
  const options = { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 }
  return {
    folder,
    env,
    amlet: (...args) => execFileSync(AMLET, args, options).toString(),
    /** Milliseconds from the command to its exit, the job being over then. */
    timeJob: (file, ...more) => {
      const startedAt = performance.now()
      const args = ['job', 'create', '-f', file, '--stream', '-o', 'none', '--env', 'machine']
      execFileSync(AMLET, [...args, ...more], options)
      return performance.now() - startedAt
    },
    /** Memory of the server that is resident, in MiB. */
    residentMiB: () => {
      const { pid } = JSON.parse(readFileSync(path.join(env.AMLET_HOME, 'server.json'), 'utf8'))
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
    },
    close: () => {
      spawnSync(AMLET, ['server', 'stop'], { env, stdio: 'ignore' })
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
