import { mkdirSync, realpathSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { artifactPlace, safeArtifactPath, storagePath } from '../../core/mlflow/artifact-path.ts'
import { invalid, MlflowError, notFound } from '../../core/mlflow/errors.ts'

export interface ArtifactEntry {
  /** Last part of its path. */
  readonly name: string
  readonly isFolder: boolean
  readonly sizeBytes: number
}

export interface ArtifactFolderOptions {
  /** The workspace's artifact datastore, absolute. */
  readonly root: string
  /** Local path of a registered version that MLflow did not make; undefined when there is none. */
  readonly versionPath: (name: string, version: string) => string | undefined
}

/** The files behind `mlflow-artifacts:/` of one workspace. No name leaves the folder, nor does a link. */
export class ArtifactFolder {
  readonly #options: ArtifactFolderOptions

  constructor(options: ArtifactFolderOptions) {
    this.#options = options
  }

  /** Where uploads grow until they are whole: on the file system of what they become. */
  get uploads(): string {
    return join(this.#options.root, '.uploads')
  }

  /**
   * Absolute path of a file or folder to read, which need not exist.
   *
   * @throws INVALID_PARAMETER_VALUE for names that lead outside, RESOURCE_DOES_NOT_EXIST for links that do.
   */
  readable(path: string): string {
    const place = artifactPlace(safeArtifactPath(path))
    if (place.of !== 'registry') {
      const local = join(this.#options.root, storagePath(place))
      checkInside(this.#options.root, local)
      return local
    }
    const root = this.#options.versionPath(place.name, place.version)
    if (root === undefined) throw noArtifact(path)
    const local = basename(root) === place.path ? alone(root, place.path) : join(root, place.path)
    checkInside(dirname(root), local)
    return local
  }

  /** Absolute path of a file to write; its folder is made. @throws INVALID_PARAMETER_VALUE */
  writable(path: string): string {
    const place = artifactPlace(safeArtifactPath(path))
    if (place.of === 'registry') throw readOnly(path)
    if (place.path === '') throw invalid('Invalid path')
    const local = join(this.#options.root, storagePath(place))
    checkInside(this.#options.root, local)
    try {
      mkdirSync(dirname(local), { recursive: true })
    } catch (cause) {
      throw blocked(path, cause)
    }
    checkInside(this.#options.root, dirname(local))
    return local
  }

  /** What is directly in a folder, by name; nothing when there is no such folder. */
  async list(path: string): Promise<ArtifactEntry[]> {
    const local = this.readable(path)
    const stats = await stat(local).catch(() => undefined)
    if (stats === undefined) return []
    if (!stats.isDirectory()) return this.#isVersionRoot(path) ? [entryOf(local, stats)] : []
    const found = (await readdir(local, { withFileTypes: true }))
      .filter(({ name }) => name !== '.uploads')
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    const entries = found.map(async (entry) => {
      const path = join(local, entry.name)
      if (entry.isSymbolicLink() && !isInside(this.#options.root, path)) return []
      const facts = await stat(path).catch(() => undefined)
      return facts === undefined ? [] : [entryOf(entry.name, facts)]
    })
    return (await Promise.all(entries)).flat()
  }

  /** Bytes of a file. @throws RESOURCE_DOES_NOT_EXIST */
  async sizeOf(path: string): Promise<number> {
    const stats = await stat(this.readable(path)).catch(() => undefined)
    if (stats === undefined || !stats.isFile()) throw noArtifact(path)
    return stats.size
  }

  /** Removes a file, or a folder with all that is in it; what is not there is removed already. */
  async remove(path: string): Promise<void> {
    const place = artifactPlace(safeArtifactPath(path))
    if (place.of === 'registry') throw readOnly(path)
    if (place.of === 'other' && place.path === '') throw invalid('Invalid path')
    await rm(this.readable(path), { recursive: true, force: true })
  }

  #isVersionRoot(path: string): boolean {
    const place = artifactPlace(safeArtifactPath(path))
    return place.of === 'registry' && place.path === ''
  }
}

/** A version that is one single file is shown as a folder that holds it. */
function alone(root: string, path: string): string {
  const inside = join(root, path)
  return realpathOf(inside) === undefined ? root : inside
}

function entryOf(
  path: string,
  stats: { isDirectory(): boolean; readonly size: number },
): ArtifactEntry {
  const isFolder = stats.isDirectory()
  return { name: basename(path), isFolder, sizeBytes: isFolder ? 0 : stats.size }
}

/** A link may not lead out: not that of the file, nor that of a folder on the way. */
function checkInside(root: string, local: string): void {
  if (!isInside(root, local)) throw noArtifact(basename(local))
}

function isInside(root: string, local: string): boolean {
  let existing = local
  let real = realpathOf(existing)
  while (real === undefined && existing.length > root.length) {
    existing = dirname(existing)
    real = realpathOf(existing)
  }
  const realRoot = realpathOf(root)
  if (real === undefined || realRoot === undefined) return true
  return real === realRoot || real.startsWith(realRoot + sep)
}

function realpathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined
  }
}

export function noArtifact(path: string): MlflowError {
  return notFound(`No such artifact: '${path}'`)
}

function readOnly(path: string): MlflowError {
  return new MlflowError(
    'PERMISSION_DENIED',
    `${path} belongs to a registered model and cannot be changed`,
  )
}

function blocked(path: string, cause: unknown): MlflowError {
  if ((cause as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return invalid('Invalid path')
  return new MlflowError(
    'BAD_REQUEST',
    `${path} cannot be written: a part of it is a file already`,
    { cause },
  )
}
