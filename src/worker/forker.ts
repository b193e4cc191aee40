import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { BASH, FORKER } from './wrapper.ts'

export type Report =
  | { readonly type: 'started'; readonly pid: number; readonly startTime: number }
  /** Another wrapper runs the attempt. */
  | { readonly type: 'known' }
  | { readonly type: 'unwritable' }
  | { readonly type: 'ended' }

export interface ForkerListener {
  readonly onReport: (attemptId: string, report: Report) => void
}

/** The table of jobs in a shell grows with each; a fresh one costs as much as a few attempts. */
const FORKS_EACH = 500

/**
 * A descriptor for each that the worker holds itself (the lock, the pipes of the mounter): no attempt may
 * keep one of them open.
 */
const CLOSED = ['ignore', 'ignore', 'ignore'] as const

/**
 * Starts wrappers through a small shell: whoever forks from Node pays for Node's size. `--norc`, because Debian's
 * bash takes Node's pipes for a network connection and reads the user's `.bashrc`.
 */
export class Forker {
  readonly #listener: ForkerListener
  readonly #folder: string
  /** By attempt, from the asking until the wrapper answers. */
  readonly #asked = new Map<string, { readonly file: string; readonly shell: ChildProcess }>()
  #shell: ChildProcess | undefined
  #forks = 0

  /** @param folder takes the files that wrappers read: private, best in memory. */
  constructor(folder: string, listener: ForkerListener) {
    this.#folder = folder
    this.#listener = listener
  }

  /** Starts an attempt with `words` for its wrapper. What becomes of it is reported. */
  start(attemptId: string, words: readonly string[]): void {
    const file = path.join(this.#folder, attemptId)
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    writeFileSync(file, `${words.join('\0')}\0`, { mode: 0o600 })
    this.#ask(attemptId, file)
  }

  #ask(attemptId: string, file: string): void {
    if (this.#shell !== undefined && this.#forks >= FORKS_EACH) {
      this.#shell.stdin?.end()
      this.#shell = undefined
    }
    this.#shell ??= this.#open()
    this.#forks += 1
    this.#asked.set(attemptId, { file, shell: this.#shell })
    this.#shell.stdin?.write(`${file}\n`)
  }

  #open(): ChildProcess {
    this.#forks = 0
    const shell = spawn(BASH, ['--norc', '-p', '-c', FORKER, 'amlet-forker'], {
      detached: true,
      cwd: '/',
      env: {},
      stdio: ['pipe', 'pipe', 'ignore', ...CLOSED],
    })
    let rest = ''
    shell.stdin?.on('error', () => {})
    shell.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#onLine(line)
    })
    shell.on('error', () => this.#onGone(shell))
    shell.on('exit', () => this.#onGone(shell))
    return shell
  }

  #onLine(line: string): void {
    const [type, attemptId = '', pid, startTime] = line.split(' ')
    const asked = this.#asked.get(attemptId)
    this.#asked.delete(attemptId)
    if (asked) rmSync(asked.file, { force: true })
    if (type === 'started')
      this.#listener.onReport(attemptId, { type, pid: Number(pid), startTime: Number(startTime) })
    else if (type === 'known' || type === 'unwritable' || type === 'ended')
      this.#listener.onReport(attemptId, { type })
  }

  /** A shell that was killed is replaced, and what it had not answered is asked again: none starts twice. */
  #onGone(shell: ChildProcess): void {
    if (this.#shell === shell) this.#shell = undefined
    for (const [attemptId, asked] of [...this.#asked])
      if (asked.shell === shell) this.#ask(attemptId, asked.file)
  }
}
