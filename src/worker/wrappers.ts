import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { BASH, WRAPPER } from './wrapper.ts'

export type Report =
  | { readonly type: 'started'; readonly pid: number; readonly startTime: number }
  /** Another wrapper runs the attempt. */
  | { readonly type: 'known' }
  | { readonly type: 'unwritable' }
  /** `end` is what `exit.json` is to hold; `isWritten`: the wrapper could write it where its marker was. */
  | { readonly type: 'ended'; readonly end: string; readonly isWritten: boolean }

export interface WrapperListener {
  readonly onReport: (attemptId: string, report: Report) => void
}

interface Wrapper {
  readonly shell: ChildProcess
  /** Takes the words of its next attempt. */
  readonly file: string
  attempts: number
  /** The attempt it was told to run, with its words until it has answered. */
  told: { readonly attemptId: string; words: readonly string[] | undefined } | undefined
}

/** The table of jobs in a shell grows with each; a fresh one costs as much as a few attempts. */
const ATTEMPTS_EACH = 500

/**
 * A descriptor for each that the worker holds itself (the lock, the pipes of the mounter): no attempt may
 * keep one of them open.
 */
const CLOSED = ['ignore', 'ignore', 'ignore'] as const

/**
 * The shells that run attempts, as many as run at once: one that is done takes the next attempt. `--norc`, because
 * Debian's bash takes Node's pipes for a network connection and reads the user's `.bashrc`.
 */
export class Wrappers {
  readonly #listener: WrapperListener
  readonly #folder: string
  readonly #idle: Wrapper[] = []
  #opened = 0

  /** @param folder takes the files that wrappers read: private, best in memory. */
  constructor(folder: string, listener: WrapperListener) {
    this.#folder = folder
    this.#listener = listener
  }

  /** Starts an attempt with `words` for its wrapper. What becomes of it is reported. */
  start(attemptId: string, words: readonly string[]): void {
    const wrapper = this.#idle.pop() ?? this.#open()
    this.#write(wrapper.file, words)
    wrapper.attempts += 1
    wrapper.told = { attemptId, words }
    wrapper.shell.stdin?.write('\n')
  }

  #write(file: string, words: readonly string[]): void {
    const text = `${words.join('\0')}\0`
    try {
      writeFileSync(file, text, { mode: 0o600 })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      writeFileSync(file, text, { mode: 0o600 })
    }
  }

  #open(): Wrapper {
    this.#opened += 1
    const file = path.join(this.#folder, `${process.pid}-${this.#opened}`)
    const shell = spawn(BASH, ['--norc', '-p', '-c', WRAPPER, 'amlet-wrapper', file], {
      detached: true,
      cwd: '/',
      env: {},
      stdio: ['pipe', 'pipe', 'ignore', ...CLOSED],
    })
    const wrapper: Wrapper = { shell, file, attempts: 0, told: undefined }
    let rest = ''
    shell.stdin?.on('error', () => {})
    shell.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#onLine(wrapper, line)
    })
    shell.on('error', () => this.#onGone(wrapper))
    // Only then has all been read that it said.
    shell.on('close', () => this.#onGone(wrapper))
    return wrapper
  }

  #onLine(wrapper: Wrapper, line: string): void {
    const [type, attemptId = '', ...rest] = line.split(' ')
    const { told } = wrapper
    if (type === 'started') {
      if (told !== undefined) told.words = undefined
      const [pid, startTime] = rest.map(Number)
      this.#listener.onReport(attemptId, { type, pid: pid ?? 0, startTime: startTime ?? 0 })
      return
    }
    wrapper.told = undefined
    this.#rest(wrapper)
    if (type === 'ended' || type === 'unsaved') {
      const ended = { type: 'ended', end: rest.join(' '), isWritten: type === 'ended' } as const
      this.#listener.onReport(attemptId, ended)
    } else if (type === 'known' || type === 'unwritable')
      this.#listener.onReport(attemptId, { type })
    else if (told !== undefined) this.#again(told)
  }

  /** It is done with an attempt and takes the next, unless it has grown old. */
  #rest(wrapper: Wrapper): void {
    if (wrapper.attempts < ATTEMPTS_EACH) this.#idle.push(wrapper)
    else wrapper.shell.stdin?.end()
  }

  /** What a wrapper that was killed had not answered is asked of another: none starts twice. */
  #onGone(wrapper: Wrapper): void {
    rmSync(wrapper.file, { force: true })
    const at = this.#idle.indexOf(wrapper)
    if (at >= 0) this.#idle.splice(at, 1)
    const { told } = wrapper
    wrapper.told = undefined
    if (told !== undefined) this.#again(told)
  }

  #again({ attemptId, words }: NonNullable<Wrapper['told']>): void {
    if (words !== undefined) this.start(attemptId, words)
  }
}
