import path from 'node:path'
import { BUILD_LOG } from '../../engine/build-log.ts'
import type { JobLogs } from '../services.ts'

export interface LogTailOptions {
  readonly job: string
  /** Absolute. */
  readonly runDir: string
  readonly allFiles: boolean
  /** Byte offsets of this attempt that are read already, by attempt and file; kept up to date. */
  readonly offsets: Map<string, number>
  /** Nothing more will be written: it is read once and not watched. */
  readonly isOver: boolean
  /** Something may have been written. */
  readonly onChange: () => void
}

/** The log files of one attempt, from where they were last read. */
export class LogTail {
  readonly runDir: string
  readonly #logs: JobLogs
  readonly #options: LogTailOptions
  #unwatch: (() => void) | undefined
  #isDone = false

  constructor(logs: JobLogs, options: LogTailOptions) {
    this.runDir = options.runDir
    this.#logs = logs
    this.#options = options
    if (!options.isOver) this.#unwatch = logs.watch(options.runDir, options.onChange)
  }

  /** What was written since the last call, file by file; whole characters, lines as they are. */
  async *read(): AsyncGenerator<{ readonly file: string; readonly text: string }> {
    if (this.#isDone) return
    const { runDir, allFiles, offsets } = this.#options
    for (const file of await this.#logs.list(runDir, allFiles)) {
      // The log of a build moves to the attempt that waited for it, and is read on there.
      const owner = file === BUILD_LOG ? this.#options.job : path.basename(runDir)
      const key = `${owner}/${file}`
      for (;;) {
        const { text, next, isWhole } = await this.#logs.read(runDir, file, offsets.get(key) ?? 0)
        if (text !== '') {
          offsets.set(key, next)
          yield { file, text }
        }
        if (isWhole) break
      }
    }
  }

  get isDone(): boolean {
    return this.#isDone
  }

  /** Everything has been read and nothing more will come. */
  finish(): void {
    this.#isDone = true
    this.close()
  }

  close(): void {
    this.#unwatch?.()
    this.#unwatch = undefined
  }
}
