import { mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'

/** What every run folder has, each behind the one it is in. */
const FOLDERS = [
  'user_logs',
  'exe',
  'exe/wd',
  'exe/wd/outputs',
  'exe/wd/logs',
  'cap',
  'cap/data-capability',
  'cap/data-capability/wd',
]

/**
 * Run folders made ahead, while a job runs. Nine new folders cost as much as starting the job's shell; one
 * renamed into place costs nothing.
 */
export class SpareFolders {
  readonly #folder: string
  #ready: string | undefined
  #count = 0

  constructor(home: string) {
    this.#folder = path.join(home, '.spare')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /**
   * Puts a spare at `runDir` when there is one. Gives the folders that are there then; whatever is missing is made by
   * who needs it.
   */
  use(runDir: string): ReadonlySet<string> {
    const spare = this.#ready
    if (spare === undefined) return new Set()
    this.#ready = undefined
    try {
      renameSync(spare, runDir)
      return new Set(FOLDERS.map((folder) => path.join(runDir, folder)))
    } catch {
      rmSync(spare, { recursive: true, force: true })
      return new Set()
    }
  }

  refill(): void {
    if (this.#ready !== undefined) return
    this.#count += 1
    const spare = path.join(this.#folder, String(this.#count))
    try {
      if (this.#count === 1) mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      mkdirSync(spare, { mode: 0o700 })
      for (const folder of FOLDERS) mkdirSync(path.join(spare, folder), { mode: 0o700 })
      this.#ready = spare
    } catch {
      // A full disk: the attempt itself will say so. A folder that was taken away is made anew.
      this.#count = 0
    }
  }
}
