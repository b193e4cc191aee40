import { mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'

/** What every run folder has. */
const FOLDERS = ['user_logs', 'exe/wd/outputs', 'exe/wd/logs', 'cap/data-capability/wd']

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

  /** Puts a spare at `runDir` when there is one; whatever is missing is made by who needs it. */
  use(runDir: string): void {
    const spare = this.#ready
    if (spare === undefined) return
    this.#ready = undefined
    try {
      renameSync(spare, runDir)
    } catch {
      rmSync(spare, { recursive: true, force: true })
    }
  }

  refill(): void {
    if (this.#ready !== undefined) return
    this.#count += 1
    const spare = path.join(this.#folder, String(this.#count))
    try {
      for (const folder of FOLDERS)
        mkdirSync(path.join(spare, folder), { recursive: true, mode: 0o700 })
      this.#ready = spare
    } catch {
      // A full disk: the attempt itself will say so.
    }
  }
}
