import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { removeHome } from './end-home.ts'

export const ROOT = path.resolve(import.meta.dirname, '../..')
/** What `./amlet` starts once all is set up. */
export const PROGRAM = path.join(ROOT, 'dist', 'bin', 'amlet.mjs')

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** The command line as people use it, on a home and in a folder of its own. Disposing stops the server and removes both. */
export interface CliWorld extends AsyncDisposable {
  readonly home: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Runs `amlet` with these words. */
  run(words: readonly string[], options?: RunOptions): Promise<Ran>
  /** Runs a line of bash in which `az` and `amlet` are the command. */
  bash(script: string, options?: RunOptions): Promise<Ran>
  /** Starts `amlet` and leaves it running. */
  start(words: readonly string[]): ChildProcess
  write(file: string, text: string): string
}

/** A world without a server; the first command that needs one starts it. */
export function makeCliWorld(): CliWorld {
  execFileSync('sh', [path.join(ROOT, 'scripts', 'setup.sh')], { stdio: 'ignore' })
  const root = mkdtempSync(path.join(tmpdir(), 'amlet-cli-'))
  const home = path.join(root, 'home')
  const cwd = path.join(root, 'work')
  mkdirSync(cwd)
  const env = cleanEnv({ AMLET_HOME: home, HOME: root, AZURE_CONFIG_DIR: path.join(root, 'az') })
  const start = (words: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    spawn(process.execPath, [PROGRAM, ...words], { cwd, env: { ...env, ...more } })
  const run = (words: readonly string[], options: RunOptions = {}) =>
    collect(start(words, options.env), options.input)
  return {
    home,
    cwd,
    env,
    run,
    start,
    bash: (script, options = {}) => {
      const call = `'${process.execPath}' '${PROGRAM}' "$@"`
      const functions = `az() { ${call}; }\namlet() { ${call}; }\n`
      const child = spawn('bash', ['-c', functions + script], {
        cwd,
        env: { ...env, ...options.env },
      })
      return collect(child, options.input)
    },
    write: (file, text) => {
      const target = path.join(cwd, file)
      mkdirSync(path.dirname(target), { recursive: true })
      writeFileSync(target, text)
      return target
    },
    [Symbol.asyncDispose]: async () => {
      await run(['server', 'stop'])
      removeHome(root)
    },
  }
}

/** The variables of this process without those that would change what a command says. */
function cleanEnv(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(AMLET_|AZURE_|CI$|NO_COLOR|FORCE_COLOR|CLICOLOR|NODE_)/.test(name),
  )
  return { ...Object.fromEntries(own), LC_ALL: 'C.UTF-8', ...more }
}

/** Waits for the end of a process with everything it wrote. */
export async function collect(child: ChildProcess, input = ''): Promise<Ran> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  // It need not read, and may have ended already.
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  const [code] = await once(child, 'close')
  return { code: code as number | null, stdout, stderr }
}

/** Resolves when what a process writes matches; with its text so far. */
export function waitForText(
  child: ChildProcess,
  stream: 'stdout' | 'stderr',
  pattern: RegExp,
): Promise<string> {
  let text = ''
  return new Promise((resolve, reject) => {
    child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (pattern.test(text)) resolve(text)
    })
    child.once('close', () => reject(new Error(`it ended without ${pattern}:\n${text}`)))
  })
}

/** A command job that needs nothing but a shell. */
export function shellJob(command: string): string {
  return `type: command
command: >-
  ${command}
environment:
  image: python:3.11
compute: local
`
}
