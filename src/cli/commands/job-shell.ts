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
  if (!args.isOn('debugpy')) return { exitCode: await runIn([shell], facts) }
  const command = underDebugger(facts.command)
  await expectDebugpy(facts)
  context.log.note(
    `Waits for a debugger: attach your editor to ${DEBUG_ADDRESS} (Python, debugpy).`,
  )
  return { exitCode: await runIn(['/bin/bash', '-c', command], facts) }
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

const DEBUG_ADDRESS = '127.0.0.1:5678'
const PYTHON = /(?<![\w./-])python3?(?=\s)/

/**
 * The command with its first start of Python going through debugpy, which waits for an editor.
 *
 * @throws AmletError `InvalidState` when it starts no Python.
 */
export function underDebugger(command: string): string {
  if (PYTHON.test(command))
    return command.replace(PYTHON, `$& -m debugpy --listen ${DEBUG_ADDRESS} --wait-for-client`)
  throw new AmletError({
    code: 'InvalidState',
    message: 'the command starts no Python that debugpy could run',
    hint: 'open a shell without --debugpy and start the debugger by hand',
  })
}

async function expectDebugpy(facts: ShellFacts): Promise<void> {
  const look = 'python -c "import debugpy" >/dev/null 2>&1'
  if ((await runIn(['/bin/bash', '-c', look], facts)) === 0) return
  throw new AmletError({
    code: 'InvalidState',
    message: 'debugpy is not in the environment of this job',
    hint: 'add debugpy to the pip packages of its conda file; or in `amlet job shell` without --debugpy: pip install debugpy',
  })
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
