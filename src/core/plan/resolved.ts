import type { ComputeSizes, Slots } from '../compute/sizes.ts'
import type { ComponentEntity, EnvironmentEntity, PathType } from '../entity.ts'
import type { CondaSource } from '../environment/conda-source.ts'

/**
 * What the references of a pinned entity stand for. Keys are the strings as they stand in that entity:
 * an input's `path`, a job's or component's `code`, `environment` and `component`.
 */
export interface ResolvedAssets {
  readonly data: ReadonlyMap<string, ResolvedData>
  readonly code: ReadonlyMap<string, ResolvedCode>
  readonly environments: ReadonlyMap<string, ResolvedEnvironment>
  readonly components: ReadonlyMap<string, ComponentEntity>
  /** Absent where nothing is known of a machine. */
  readonly computes?: ResolvedComputes
}

/** The computes that a job's steps may name, and the machine behind them. */
export interface ResolvedComputes {
  /** By their names in small letters. */
  readonly sizes: ReadonlyMap<string, ComputeSizes>
  /** Name of the one that runs what names a compute nobody defined. */
  readonly fallback: string
  readonly machine: Slots
}

/** Bytes that a job may read. */
export interface ResolvedData {
  /** The canonical URI, `azureml://datastores/<ds>/paths/<p>`, or `https://…`. */
  readonly uri: string
  /** Absolute path on this machine, of the file itself when `isFile`; absent for a `direct` remote input. */
  readonly localPath?: string
  readonly isFile: boolean
  /** Asset id, version and type when an asset was named. */
  readonly asset?: {
    readonly id: string
    readonly name: string
    readonly version: string
    readonly type: PathType
  }
  /**
   * Name of the only file when a model was registered from one single file; `localPath` is then that file.
   * Folder types get a directory that holds it, `uri_file` the file.
   */
  readonly singleFile?: string
  /** What reuse compares: asset id and version, content hash, or ETag. */
  readonly identity: string
  /** False when the bytes may change behind our back (a folder registered in place). */
  readonly isImmutable: boolean
}

export interface ResolvedCode {
  readonly id: string
  /** Absolute path of the stored snapshot, read-only. */
  readonly localPath: string
  /** sha256 over sorted path, mode and content, after ignore rules. */
  readonly hash: string
  readonly fileCount: number
}

export interface ResolvedEnvironment {
  readonly id: string
  readonly entity: EnvironmentEntity
  /** sha256 of what a job could notice of it. */
  readonly digest: string
  /** Where its conda file's lines stand, when the job itself brought it. */
  readonly condaSource?: CondaSource
}
