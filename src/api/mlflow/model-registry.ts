/** Registered models as MLflow sees them. In a workspace they are its model assets. */

export interface RegisteredModel {
  readonly name: string
  readonly createdMs: number
  readonly updatedMs: number
  readonly description: string
  readonly tags: ReadonlyMap<string, string>
  /** Alias → version. */
  readonly aliases: ReadonlyMap<string, string>
}

export interface ModelVersion {
  readonly name: string
  readonly version: string
  readonly createdMs: number
  readonly updatedMs: number
  readonly userId: string
  readonly stage: string
  readonly description: string
  readonly source: string
  readonly runId: string
  readonly runLink: string
  readonly modelId: string
  readonly tags: ReadonlyMap<string, string>
}

export interface NewModelVersion {
  readonly name: string
  readonly source: string
  readonly runId: string
  readonly runLink: string
  readonly modelId: string
  readonly description: string
  readonly tags: ReadonlyMap<string, string>
  /** Path of the bytes below `mlflow-artifacts:/`; undefined when they are not here. */
  readonly artifacts: string | undefined
}

export interface ModelRegistry {
  /** All models, in no order. */
  list(): RegisteredModel[]
  get(name: string): RegisteredModel | undefined
  create(model: {
    readonly name: string
    readonly description: string
    readonly tags: ReadonlyMap<string, string>
  }): void
  rename(name: string, newName: string): void
  remove(name: string): void
  update(
    name: string,
    changes: { readonly description?: string; readonly tags?: ReadonlyMap<string, string> },
  ): void
  setAlias(name: string, alias: string, version: string): void
  removeAlias(name: string, alias: string): void
  /** Versions of one model, newest first. */
  versions(name: string): ModelVersion[]
  /** The newest version of each stage that has one; the oldest of them first. */
  newestOfEachStage(name: string): ModelVersion[]
  /** Versions of all models that lists show, or of one if they do; newest first. */
  listedVersions(name?: string): ModelVersion[]
  /** Versions that were made of a logged model. */
  versionsOf(modelId: string): ModelVersion[]
  /** How many models and versions there are, archived ones too; counting stops at `limit`. */
  countUpTo(limit: number): number
  version(name: string, version: string): ModelVersion | undefined
  /** Gives the number of the new version. */
  createVersion(version: NewModelVersion): string
  updateVersion(
    name: string,
    version: string,
    changes: {
      readonly description?: string
      readonly stage?: string
      readonly tags?: ReadonlyMap<string, string>
    },
  ): void
  removeVersion(name: string, version: string): void
  /** Absolute path of a version's bytes; undefined when they are not on this machine. */
  localPath(name: string, version: string): string | undefined
  /** Runs `work` in one transaction. */
  transaction<T>(work: () => T): T
}
