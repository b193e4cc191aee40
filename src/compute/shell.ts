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
  /** Runs the command again, with each start of Python waiting for a debugger on this port. */
  readonly debugpyPort?: number
}

export interface ShellCommand {
  /** What to start, with the terminal as its standard streams. */
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
export function shellCommand({
  home,
  protection,
  launch,
  debugpyPort,
}: ShellRequest): ShellCommand {
  const file = path.join(launch.runDir, 'shell.json')
  mkdirSync(launch.runDir, { recursive: true, mode: 0o700 })
  writeFileSync(file, JSON.stringify(launch), { mode: 0o600 })
  const words =
    debugpyPort === undefined
      ? ['/bin/bash', '-i']
      : ['/bin/bash', '-c', underDebugger(launch.command, debugpyPort)]
  const argv = startArgv({ home, protection, lock: false }, [
    process.execPath,
    workerEntry('shell'),
    ...['--home', home],
    ...['--protection', protection],
    ...['--launch', file],
    '--',
    ...words,
  ])
  return { argv, cwd: launch.workDir, env: launch.env, command: launch.command }
}

/** `python` at the start of the command or of a part of it becomes `python -m debugpy`. */
export function underDebugger(command: string, port: number): string {
  return command.replace(
    /(^|[;&|(]\s*)(python3?)(?=\s)/gm,
    `$1$2 -m debugpy --listen 127.0.0.1:${port} --wait-for-client`,
  )
}
