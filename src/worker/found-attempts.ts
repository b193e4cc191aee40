import { existsSync, type FSWatcher, watch } from 'node:fs'
import path from 'node:path'
import { readFacts } from './attempt-files.ts'
import { isAlive } from './process-table.ts'

interface Found {
  readonly attemptId: string
  readonly runDir: string
  readonly watcher: FSWatcher | undefined
  /** Looks in a row that found no process. One is not enough: `exit.json` may be on its way. */
  misses: number
}

const LOOK_EVERY_MS = 500
const MISSES_UNTIL_GONE = 2

/**
 * Attempts whose wrappers are not our children, because another worker started them. Their end is seen
 * when `exit.json` appears; that a wrapper was killed is seen by a slow look at the process table.
 */
export class FoundAttempts {
  readonly #onGone: (attemptId: string) => void
  readonly #found = new Map<string, Found>()
  #ticker: NodeJS.Timeout | undefined

  /** `onGone` is called once for each, when `exit.json` is there or nothing is left. */
  constructor(onGone: (attemptId: string) => void) {
    this.#onGone = onGone
  }

  watch({ attemptId, runDir }: { readonly attemptId: string; readonly runDir: string }): void {
    if (this.#found.has(attemptId)) return
    const watcher = watchFolder(runDir, () => this.#look(attemptId))
    this.#found.set(attemptId, { attemptId, runDir, watcher, misses: 0 })
    this.#ticker ??= setInterval(() => this.#lookAtAll(), LOOK_EVERY_MS)
    setImmediate(() => this.#look(attemptId))
  }

  forget(attemptId: string): void {
    this.#found.get(attemptId)?.watcher?.close()
    this.#found.delete(attemptId)
    if (this.#found.size > 0) return
    clearInterval(this.#ticker)
    this.#ticker = undefined
  }

  #lookAtAll(): void {
    for (const found of [...this.#found.values()]) {
      const facts = readFacts(found.runDir)
      found.misses = facts && isAlive(facts.pid, facts.startTime) ? 0 : found.misses + 1
      if (found.misses >= MISSES_UNTIL_GONE) this.#tell(found.attemptId)
      else this.#look(found.attemptId)
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

function watchFolder(folder: string, onChange: () => void): FSWatcher | undefined {
  try {
    return watch(folder, onChange).on('error', () => {})
  } catch {
    // Out of inotify watches: the slow look finds it.
    return undefined
  }
}
