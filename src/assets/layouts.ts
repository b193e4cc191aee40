import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readPackTarget } from '../files/pack.ts'
import type { TreeThreads } from '../files/tree-threads.ts'

/** A pack that waits to become files, and where they are to stand. */
interface Waiting {
  readonly pack: string
  readonly target: string
  readonly staging: string
}

/**
 * Lays out packs behind the scenes: registering many small files is done when their bytes are safe, and whoever
 * reads stored bytes waits here until they are files. What a crash interrupted is taken up at the next start.
 */
export class Layouts {
  readonly #trees: TreeThreads
  readonly #isProtecting: boolean
  readonly #waiting = new Map<string, Waiting>()
  #running: Promise<void> | undefined

  constructor(trees: TreeThreads, isProtecting = false) {
    this.#trees = trees
    this.#isProtecting = isProtecting
  }

  /** Begins to lay out a pack. `folder` is that of its datastore. */
  start(pack: string, target: string, folder: string): void {
    if (this.#waiting.has(pack)) return
    const staging = join(folder, '.staging', `upload-${process.pid}-${randomUUID()}`)
    this.#waiting.set(pack, { pack, target, staging })
    // Whoever waits in settled() hears of a failure.
    this.#run().catch(() => {})
  }

  /** Takes up what an earlier process left in a datastore's folder. */
  recover(folder: string): void {
    for (const name of namesIn(packFolder(folder))) {
      const pack = join(packFolder(folder), name)
      const target = readPackTarget(pack)
      if (target !== undefined) this.start(pack, join(folder, 'LocalUpload', target), folder)
    }
  }

  /** Resolves when everything stored is files. @throws AmletError `StorageFailure`. */
  async settled(): Promise<void> {
    while (this.#waiting.size > 0) await this.#run()
  }

  #run(): Promise<void> {
    this.#running ??= this.#next().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** One that fails is left for the next start, so that it does not stop the others. */
  async #next(): Promise<void> {
    for (const waiting of this.#waiting.values()) {
      await this.#layOut(waiting).finally(() => this.#waiting.delete(waiting.pack))
    }
  }

  async #layOut(waiting: Waiting): Promise<void> {
    await this.#trees.run('layOutPack', waiting)
    if (!this.#isProtecting) return
    await this.#trees.run('setTreeWritable', { root: waiting.target, isWritable: false })
  }
}

/** Where the packs of a datastore are. */
export const packFolder = (folder: string): string => join(folder, '.packs')

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
