import { hash } from 'node:crypto'
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'

/** Below the run folder of an attempt that waited for its environment; the first of its logs. */
export const BUILD_LOG = 'system_logs/environment.log'
const WAITING = 'waiting-'

/** The run folder of a job that has no attempt yet because its environment is being built. It holds the log alone. */
export function waitingFolder(runs: string, job: string): string {
  return path.join(runs, `${WAITING}${hash('sha256', job).slice(0, 32)}`)
}

/** Whether that run folder is one of a job that waits, rather than of an attempt. */
export function isWaitingFolder(runDir: string): boolean {
  return path.basename(runDir).startsWith(WAITING)
}

/** The lines of one build as they come: one file, with a link to it at each job that waits. */
export class BuildLog {
  readonly #file: string
  readonly #logError: (message: string, error: unknown) => void
  #isOpen = false

  constructor(runs: string, digest: string, logError: (message: string, error: unknown) => void) {
    this.#file = path.join(runs, `.build-${digest}.log`)
    this.#logError = logError
  }

  append(line: string): void {
    this.#try(() => {
      this.#open()
      appendFileSync(this.#file, `${line}\n`)
    })
  }

  /** From now on the log is at that run folder too, with what it has so far. */
  showIn(runDir: string): void {
    this.#try(() => {
      this.#open()
      const place = placeIn(runDir)
      rmSync(place, { force: true })
      linkSync(this.#file, place)
    })
  }

  close(): void {
    this.#try(() => rmSync(this.#file, { force: true }))
  }

  #open(): void {
    if (this.#isOpen) return
    mkdirSync(path.dirname(this.#file), { recursive: true, mode: 0o700 })
    // What a killed server left may be linked to from the logs of jobs: it is not written to again.
    rmSync(this.#file, { force: true })
    writeFileSync(this.#file, '')
    this.#isOpen = true
  }

  /** A log that cannot be written keeps no environment from being built. */
  #try(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#logError('the log of a build could not be written', error)
    }
  }
}

function placeIn(runDir: string): string {
  const place = path.join(runDir, BUILD_LOG)
  mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 })
  return place
}

/** The log of the build goes on with the attempt that waited for it; an empty one is none. */
export function moveBuildLog(from: string, to: string): void {
  const log = path.join(from, BUILD_LOG)
  const sizeBytes = statSync(log, { throwIfNoEntry: false })?.size ?? 0
  if (sizeBytes > 0) renameSync(log, placeIn(to))
  rmSync(from, { recursive: true, force: true })
}
