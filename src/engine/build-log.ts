import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Below the run folder of an attempt that waited for its environment; the first of its logs. */
export const BUILD_LOG = 'system_logs/environment.log'

/** Keeps the lines of a build with the attempt that waited for it. */
export function keepBuildLog(runs: string, attempt: string, log: string): void {
  if (log === '') return
  const file = path.join(runs, attempt, BUILD_LOG)
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, log)
}
