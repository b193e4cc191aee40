import path from 'node:path'
import { recallCondaSource, rememberCondaSource } from '../core/environment/conda-source.ts'
import type { SpecFiles } from '../core/spec/load.ts'
import type { UploadedPaths, UploadNeeds } from '../core/wire.ts'
import { DISK } from '../files/disk.ts'
import type { UploadStore } from './uploads.ts'

/** The files of whoever sent a request: on this machine, or as far as they have been uploaded. */
export interface SourceTree {
  readonly files: SpecFiles
  /**
   * The entity with its absolute paths as this machine has them.
   *
   * @throws UploadNeeded when files of it have not come yet.
   */
  toServer(entity: Record<string, unknown>): Promise<Record<string, unknown>>
  /** Throws `UploadNeeded` when something was asked for that has not come yet. */
  expectAll(): void
}

/** Not a failure: the answer asks the client for these paths or bytes, and then for the request again. */
export class UploadNeeded extends Error {
  readonly needs: UploadNeeds

  constructor(needs: UploadNeeds) {
    super('files are needed')
    this.needs = needs
  }
}

/** Over the unix socket the server reads the user's files itself. */
export const localSources: SourceTree = {
  // No `list`: what only a listing tells is told by whoever stores the bytes.
  files: { read: DISK.read, kind: DISK.kind },
  toServer: async (entity) => entity,
  expectAll: () => {},
}

/** Stands for the folder of a request without files; nothing is ever there. */
const NOTHING_SENT = '/nonexistent/amlet-uploads'

/** Fields of entities that name files of the user's machine. */
const PATH_FIELDS = new Set(['path', 'code', 'additional_includes', 'ssh_private_key_file'])

/**
 * Files that came over TCP, laid out below a folder of the server. The server never reads a path of its own
 * machine for such a request: what has not come is asked for.
 */
export class UploadedSources implements SourceTree {
  readonly files: SpecFiles
  readonly #store: UploadStore
  readonly #paths: UploadedPaths
  readonly #mirror: string
  readonly #needed = new Set<string>()

  private constructor(store: UploadStore, paths: UploadedPaths, mirror: string) {
    this.#store = store
    this.#paths = paths
    this.#mirror = mirror
    this.files = {
      read: (file) => (this.#has(file) ? DISK.read(this.#at(file)) : undefined),
      kind: (file) => (this.#has(file) ? DISK.kind(this.#at(file)) : undefined),
    }
  }

  /** @throws UploadNeeded while bytes of the paths are missing. */
  static async open(store: UploadStore, paths: UploadedPaths): Promise<UploadedSources> {
    const hashes = await store.missing(paths)
    if (hashes.length > 0) throw new UploadNeeded({ paths: [], hashes })
    const mirror = Object.keys(paths).length === 0 ? NOTHING_SENT : await store.mirror(paths)
    return new UploadedSources(store, paths, mirror)
  }

  /** Folder that stands for the client's `/`: texts that hold it show the client's own paths without it. */
  get mirror(): string {
    return this.#mirror
  }

  async toServer(entity: Record<string, unknown>): Promise<Record<string, unknown>> {
    const moved = this.#move(entity, '') as Record<string, unknown>
    this.expectAll()
    return moved
  }

  expectAll(): void {
    if (this.#needed.size > 0)
      throw new UploadNeeded({ paths: [...this.#needed].sort(), hashes: [] })
  }

  async close(): Promise<void> {
    if (this.#mirror !== NOTHING_SENT) await this.#store.drop(this.#mirror)
  }

  #move(value: unknown, field: string): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#move(item, field))
    if (typeof value === 'object' && value !== null) {
      const moved = Object.fromEntries(
        Object.entries(value).map(([name, item]) => [name, this.#move(item, name)]),
      )
      const source = recallCondaSource(value)
      if (source !== undefined) rememberCondaSource(moved, source)
      return moved
    }
    if (typeof value !== 'string' || !PATH_FIELDS.has(field) || !isLocalPath(value)) return value
    this.#has(value)
    return this.#at(value)
  }

  /** Whether the client has said what is at a path; if not, it will be asked. */
  #has(file: string): boolean {
    for (let at = path.normalize(file).replace(/(.)\/$/, '$1'); ; at = path.dirname(at)) {
      if (Object.hasOwn(this.#paths, at)) return true
      if (at === path.dirname(at)) break
    }
    this.#needed.add(path.normalize(file))
    return false
  }

  #at(file: string): string {
    return path.join(this.#mirror, path.normalize(`/${file}`))
  }
}

/** An absolute path of a machine; ids of Azure's resources look alike. */
function isLocalPath(text: string): boolean {
  return text.startsWith('/') && !/^\/subscriptions\//i.test(text)
}
