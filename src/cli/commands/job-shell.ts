import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { AmletError } from '../../core/errors.ts'
import type { Run } from '../grammar/command.ts'
import { jobName } from './job-name.ts'
import { apiPath } from './paths.ts'

/** What `job shell` needs to know of an attempt. */
export interface ShellFacts {
  /** Becomes the words put behind it, in the place of the attempt. */
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly command: string
}

/** `job shell NAME[.STEP]`: the very folder, inputs, environment and variables of an attempt. */
export const shellJob: Run = async (context, args) => {
  const client = await context.connect()
  const facts = await client.get<ShellFacts>(`${apiPath('jobs', jobName(args))}/shell`)
  if (args.isOn('print')) return { value: facts }
  expectHere(facts)
  const shell = process.env['SHELL'] || '/bin/bash'
  context.log.note(`The job ran:  ${facts.command}`)
  context.log.note(`in ${facts.cwd}. Leave with exit.`)
  const words: readonly string[] = args.isOn('debugpy')
    ? ['/bin/bash', '-c', underDebugger(facts.command)]
    : [shell]
  return { exitCode: await runIn(words, facts) }
}

/** @throws AmletError `OperationNotSupported` when the server is on another machine. */
export function expectHere({ cwd }: ShellFacts): void {
  if (existsSync(path.resolve(cwd, '..', '..'))) return
  throw new AmletError({
    code: 'OperationNotSupported',
    message: `the run folder of this attempt is not on this machine: ${cwd}`,
    hint: 'open the shell on the machine of the server',
  })
}

/** The command with each start of Python going through debugpy, which waits for an editor. */
function underDebugger(command: string): string {
  return command.replace(
    /\bpython3?\b(?=\s)/,
    'python -m debugpy --listen 127.0.0.1:5678 --wait-for-client',
  )
}

/** Runs words in the place of an attempt, with this terminal; its exit code. */
export function runIn(words: readonly string[], { argv }: ShellFacts): Promise<number> {
  const [program = '/bin/sh', ...rest] = [...argv, ...words]
  // Ctrl-C belongs to the shell.
  process.on('SIGINT', () => {})
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: 'inherit' })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
