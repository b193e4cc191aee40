import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AssetKey } from '../../core/asset/kind.ts'
import { artifactPlace, storagePath } from '../../core/mlflow/artifact-path.ts'
import { alreadyExists } from '../../core/mlflow/errors.ts'
import {
  type AssetRow,
  type AssetVersionRow,
  deleteAssetVersion,
  getAsset,
  getAssetVersion,
  listAssetLabels,
  listAssetVersions,
  recordAssetVersion,
  removeAssetLabel,
  setAssetLabel,
  updateAsset,
  updateAssetVersion,
} from '../../store/assets.ts'
import type { Db } from '../../store/db.ts'
import {
  countModelsUpTo,
  createModel,
  hasModel,
  listModelNames,
  listModelVersionsWith,
  listNewestOfEachStage,
  removeModel,
  renameModel,
} from '../../store/registered-models.ts'
import type {
  ModelRegistry,
  ModelVersion,
  NewModelVersion,
  RegisteredModel,
} from './model-registry.ts'

export interface AssetRegistryOptions {
  readonly db: Db
  /** '' for the workspace itself. */
  readonly registry: string
  /** Path of the workspace's artifacts below `workspaceartifactstore`; '' or ends in `/`. */
  readonly artifactPrefix: string
  /** Absolute path of a datastore's folder or file; undefined when it is not on this machine. */
  readonly datastorePath: (datastore: string, path: string) => string | undefined
  /** Who registers. */
  readonly user: string
}

/** What MLflow knows of a version and an asset has no column for. */
const SOURCE = 'mlflow.source'
const RUN_ID = 'mlflow.run_id'
const RUN_LINK = 'mlflow.run_link'
const MODEL_ID = 'mlflow.model_id'

/** MLflow's registry over the model assets of a workspace: one truth, whichever way a model came in. */
export class AssetRegistry implements ModelRegistry {
  readonly #options: AssetRegistryOptions

  constructor(options: AssetRegistryOptions) {
    this.#options = options
  }

  transaction<T>(work: () => T): T {
    return this.#db.transaction(work)
  }

  list(): RegisteredModel[] {
    return listModelNames(this.#db, this.#options.registry).flatMap((name) => this.get(name) ?? [])
  }

  get(name: string): RegisteredModel | undefined {
    const key = this.#key(name)
    const row = hasModel(this.#db, key) ? getAsset(this.#db, key) : undefined
    return row && this.#toModel(row, key)
  }

  create({ name, description, tags }: Parameters<ModelRegistry['create']>[0]): void {
    createModel(this.#db, {
      ...this.#key(name),
      description: description === '' ? null : description,
      tags: Object.fromEntries(tags),
      createdBy: this.#options.user,
      atMs: Date.now(),
    })
  }

  rename(name: string, newName: string): void {
    if (name === newName) return
    if (!renameModel(this.#db, this.#key(name), { newName, atMs: Date.now() }))
      throw alreadyExists(
        `Registered Model (name=${newName}) already exists: it was deleted, and its versions' numbers are not used again`,
      )
  }

  remove(name: string): void {
    removeModel(this.#db, this.#key(name), Date.now())
  }

  update(name: string, { description, tags }: Parameters<ModelRegistry['update']>[1]): void {
    const key = this.#key(name)
    const row = getAsset(this.#db, key)
    // As in MLflow, tags are no change of the model.
    const atMs = description === undefined ? (row?.modifiedMs ?? 0) : Date.now()
    updateAsset(this.#db, key, { description, tags: tags && Object.fromEntries(tags) }, atMs)
  }

  setAlias(name: string, alias: string, version: string): void {
    setAssetLabel(this.#db, this.#key(name), alias, version)
  }

  removeAlias(name: string, alias: string): void {
    removeAssetLabel(this.#db, this.#key(name), alias)
  }

  versions(name: string): ModelVersion[] {
    return listAssetVersions(this.#db, this.#key(name))
      .filter((row) => !row.archived)
      .map(toVersion)
  }

  newestOfEachStage(name: string): ModelVersion[] {
    const model = { registry: this.#options.registry, name }
    return listNewestOfEachStage(this.#db, model).flatMap(
      (version) => this.version(name, version) ?? [],
    )
  }

  listedVersions(name?: string): ModelVersion[] {
    return listModelNames(this.#db, this.#options.registry, name).flatMap((of) => this.versions(of))
  }

  versionsOf(modelId: string): ModelVersion[] {
    const found = { registry: this.#options.registry, property: MODEL_ID, value: modelId }
    return listModelVersionsWith(this.#db, found).flatMap(
      ({ name, version }) => this.version(name, version) ?? [],
    )
  }

  countUpTo(limit: number): number {
    return countModelsUpTo(this.#db, this.#options.registry, limit)
  }

  version(name: string, version: string): ModelVersion | undefined {
    const row = getAssetVersion(this.#db, this.#key(name), version)
    return row && toVersion(row)
  }

  createVersion(version: NewModelVersion): string {
    const { name, source, runId, runLink, modelId, description, tags } = version
    const uri = this.#uriOf(version.artifacts)
    const local = uri && this.#localPathOf(uri)
    const { type, facts } = inspect(local)
    const properties = {
      [SOURCE]: source,
      [RUN_ID]: runId,
      [RUN_LINK]: runLink,
      [MODEL_ID]: modelId,
    }
    const recorded = recordAssetVersion(this.#db, {
      ...this.#key(name),
      type,
      uri,
      content: JSON.stringify([type, uri ?? source]),
      entity: { name, type, path: uri ?? source },
      facts,
      description: description === '' ? undefined : description,
      tags: Object.fromEntries(tags),
      properties: Object.fromEntries(
        Object.entries(properties).filter(([, value]) => value !== ''),
      ),
      job: runId === '' ? undefined : runId,
      output: runId === '' ? undefined : 'artifacts',
      createdBy: this.#options.user,
      atMs: Date.now(),
    })
    return recorded.version
  }

  updateVersion(
    name: string,
    version: string,
    { description, stage, tags }: Parameters<ModelRegistry['updateVersion']>[2],
  ): void {
    const row = getAssetVersion(this.#db, this.#key(name), version)
    if (row === undefined) return
    const now = Date.now()
    const changes = { description, stage, tags: tags && Object.fromEntries(tags) }
    const isChange = description !== undefined || stage !== undefined
    updateAssetVersion(this.#db, row.id, changes, isChange ? now : row.modifiedMs)
    if (stage !== undefined) updateAsset(this.#db, this.#key(name), {}, now)
  }

  removeVersion(name: string, version: string): void {
    const row = getAssetVersion(this.#db, this.#key(name), version)
    if (row === undefined) return
    const now = Date.now()
    deleteAssetVersion(this.#db, row, now)
    updateAsset(this.#db, this.#key(name), {}, now)
  }

  localPath(name: string, version: string): string | undefined {
    const row = getAssetVersion(this.#db, this.#key(name), version)
    return row?.uri ? this.#localPathOf(row.uri) : undefined
  }

  get #db(): Db {
    return this.#options.db
  }

  #key(name: string): AssetKey & { readonly registry: string } {
    return { kind: 'model', name, registry: this.#options.registry }
  }

  #toModel(row: AssetRow, key: AssetKey): RegisteredModel {
    return {
      name: row.name,
      createdMs: row.createdMs,
      updatedMs: row.modifiedMs,
      description: row.description ?? '',
      tags: tagMap(row.tags),
      aliases: listAssetLabels(this.#db, key),
    }
  }

  #uriOf(artifacts: string | undefined): string | undefined {
    if (artifacts === undefined) return undefined
    const place = artifactPlace(artifacts.replace(/\/+$/, ''))
    if (place.of === 'registry') return this.#versionUri(place)
    const path = storagePath(place)
    return `azureml://datastores/workspaceartifactstore/paths/${this.#options.artifactPrefix}${path}`
  }

  #versionUri({ name, version, path }: { name: string; version: string; path: string }) {
    const uri = getAssetVersion(this.#db, this.#key(name), version)?.uri ?? undefined
    return uri === undefined || path === '' ? uri : `${uri}/${path}`
  }

  #localPathOf(uri: string): string | undefined {
    if (uri.startsWith('file:')) return fileURLToPath(uri)
    const [, datastore, path] = /^azureml:\/\/datastores\/([^/]+)\/paths\/(.*)$/s.exec(uri) ?? []
    if (datastore === undefined || path === undefined) return undefined
    return this.#options.datastorePath(datastore, path)
  }
}

function tagMap(tags: Readonly<Record<string, string | null>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(tags).map(([key, value]) => [key, value ?? '']))
}

/** What the bytes of a new version are. What is not there yet is taken for the model it is said to be. */
function inspect(local: string | undefined) {
  const stats = local === undefined ? undefined : statSync(local, { throwIfNoEntry: false })
  if (local === undefined || stats === undefined) return { type: 'mlflow_model', facts: {} }
  if (stats.isFile())
    return { type: 'custom_model', facts: { isFile: true, singleFile: basename(local) } }
  const isMlflow = statSync(join(local, 'MLmodel'), { throwIfNoEntry: false })?.isFile() ?? false
  return { type: isMlflow ? 'mlflow_model' : 'custom_model', facts: { isFile: false } }
}

function toVersion(row: AssetVersionRow): ModelVersion {
  const { properties } = row
  const text = (key: string) => properties[key] ?? ''
  return {
    name: row.name,
    version: row.version,
    createdMs: row.createdMs,
    updatedMs: row.modifiedMs,
    userId: '',
    stage: row.stage || 'None',
    description: row.description ?? '',
    source: text(SOURCE) || (row.uri ?? ''),
    runId: text(RUN_ID) || (row.job ?? ''),
    runLink: text(RUN_LINK),
    modelId: text(MODEL_ID),
    tags: tagMap(row.tags),
  }
}
