import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Launch } from './executor.ts'
import { type ProtectionKind, startArgv } from './local/protection.ts'
import { workerEntry } from './local/worker-program.ts'

export interface ShellRequest {
  /** Absolute `AMLET_HOME`. */
  readonly home: string
  readonly protection: ProtectionKind
  /** Of the attempt, made once more; its run folder may have been cleaned. */
  readonly launch: Launch
}

export interface ShellCommand {
  /** Becomes the words that are put behind it, in the place of the attempt; none is an interactive bash. */
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** What the job ran. */
  readonly command: string
}

/**
 * How to open a shell in the very folder, inputs, environment and variables of an attempt, under the same
 * protection. Folders and links that were cleaned away are made again; the working directory stays as it is.
 */
export function shellCommand({ home, protection, launch }: ShellRequest): ShellCommand {
  const file = path.join(launch.runDir, 'shell.json')
  mkdirSync(launch.runDir, { recursive: true, mode: 0o700 })
  writeFileSync(file, JSON.stringify(launch), { mode: 0o600 })
  const argv = startArgv({ home, protection, lock: false }, [
    process.execPath,
    workerEntry('shell'),
    ...['--home', home],
    ...['--protection', protection],
    ...['--launch', file],
    '--',
  ])
  return { argv, cwd: launch.workDir, env: launch.env, command: launch.command }
}
