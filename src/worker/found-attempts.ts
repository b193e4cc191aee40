import { existsSync, type FSWatcher, watch } from 'node:fs'
import path from 'node:path'
import { completeEnd, readFacts } from './attempt-files.ts'
import { isAlive } from './process-table.ts'

interface Found {
  readonly attemptId: string
  readonly runDir: string
  readonly watcher: FSWatcher | undefined
  pid: number
  startTime: number
  /** Looks in a row that found no process. One is not enough: `exit.json` may be on its way. */
  misses: number
}

const LOOK_EVERY_MS = 500
const MISSES_UNTIL_GONE = 2

/**
 * Running attempts whose end may come unannounced. Those that another worker started are seen to end when
 * `exit.json` appears; that a wrapper was killed is seen by a slow look at the process table.
 */
export class FoundAttempts {
  readonly #onGone: (attemptId: string) => void
  readonly #found = new Map<string, Found>()
  #ticker: NodeJS.Timeout | undefined

  /** `onGone` is called once for each, when `exit.json` is there or nothing is left. */
  constructor(onGone: (attemptId: string) => void) {
    this.#onGone = onGone
  }

  /** One that another worker started. */
  watch(attempt: { readonly attemptId: string; readonly runDir: string }): void {
    if (this.#found.has(attempt.attemptId)) return
    const watcher = watchFolder(attempt.runDir, () => this.#look(attempt.attemptId))
    this.#add({ ...attempt, watcher, pid: 0, startTime: 0, misses: 0 })
    setImmediate(() => this.#look(attempt.attemptId))
  }

  /** One whose wrapper tells its end to this worker, unless it is killed. */
  guard(attempt: {
    readonly attemptId: string
    readonly runDir: string
    readonly pid: number
    readonly startTime: number
  }): void {
    this.#add({ ...attempt, watcher: undefined, misses: 0 })
  }

  forget(attemptId: string): void {
    this.#found.get(attemptId)?.watcher?.close()
    this.#found.delete(attemptId)
    if (this.#found.size > 0) return
    clearInterval(this.#ticker)
    this.#ticker = undefined
  }

  #add(found: Found): void {
    this.#found.set(found.attemptId, found)
    this.#ticker ??= setInterval(() => this.#lookAtAll(), LOOK_EVERY_MS)
  }

  #lookAtAll(): void {
    for (const found of [...this.#found.values()]) {
      found.misses = isRunning(found) ? 0 : found.misses + 1
      const isOver = found.misses > 0 && completeEnd(found.runDir)
      if (isOver || found.misses >= MISSES_UNTIL_GONE) this.#tell(found.attemptId)
    }
  }

  #look(attemptId: string): void {
    const found = this.#found.get(attemptId)
    if (found && existsSync(path.join(found.runDir, 'exit.json'))) this.#tell(attemptId)
  }

  #tell(attemptId: string): void {
    this.forget(attemptId)
    this.#onGone(attemptId)
  }
}

function isRunning(found: Found): boolean {
  if (found.pid === 0) {
    const facts = readFacts(found.runDir)
    if (!facts) return false
    found.pid = facts.pid
    found.startTime = facts.startTime
  }
  return isAlive(found.pid, found.startTime)
}

function watchFolder(folder: string, onChange: () => void): FSWatcher | undefined {
  try {
    return watch(folder, onChange).on('error', () => {})
  } catch {
    // Out of inotify watches: the slow look finds it.
    return undefined
  }
}
