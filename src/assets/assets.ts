import type { AssetKey } from '../core/asset/kind.ts'
import type { ComponentEntity, EnvironmentEntity, JobEntity } from '../core/entity.ts'
import { AmletError, type Diagnostic } from '../core/errors.ts'
import type { ResolvedData } from '../core/plan/resolved.ts'
import type { AssetKind, Selector } from '../core/refs/reference.ts'
import type { Progress } from '../files/progress.ts'
import {
  type AssetVersionRow,
  getAsset,
  listAssetLabels,
  listAssets,
  listAssetVersions,
} from '../store/assets.ts'
import type { Db } from '../store/db.ts'
import { getRegistry, listRegistries } from '../store/registries.ts'
import { type ComputeChoice, ensureLocalCompute, resolveCompute } from './computes.ts'
import { type AssetsOptions, type Context, createContext, Notes } from './context.ts'
import { type BytesEntity, type CreateOptions, createBytes } from './create-bytes.ts'
import { createComponent, createEnvironment } from './create-described.ts'
import { BUILT_IN_REGISTRY, findCurated } from './curated.ts'
import { ensureBuiltInDatastores } from './datastores.ts'
import { type AssetBytes, assetBytes, downloadAsset } from './download.ts'
import { findVersion } from './find-version.ts'
import { collectGarbage, type GcOptions, type GcReport } from './gc.ts'
import { findLineage, type Lineage, usersOf } from './lineage.ts'
import { deleteVersions, removeLabel, setArchived, setLabel, updateAssetEntity } from './manage.ts'
import { readOnlyRegistry, unknownName, unknownRegistry } from './not-found.ts'
import { lookUp, type PinJobOptions, type PinnedJob, pinComponent, pinJob } from './pin-job.ts'
import type { SourceLookup } from './pinner.ts'
import { localDatastores, localPathOf, splitDatastoreUri } from './places.ts'
import { previewUpload } from './preview.ts'
import type { Registered } from './record.ts'
import { type OutputRegistration, registerOutput } from './register-output.ts'
import { type Resolved, resolveReference, type Wanted } from './resolve.ts'
import { type ShareTarget, shareVersion } from './share.ts'
import { type VerifyReport, verifyUploads } from './verify.ts'
import { type AssetView, viewContainer, viewVersion } from './view.ts'

export interface CreateRequest {
  readonly registry?: string
  readonly inPlace?: boolean
  /** Says what would be uploaded, and registers nothing. */
  readonly dryRun?: boolean
  readonly createdBy?: string
  readonly sources?: SourceLookup
  readonly strict?: boolean
  readonly progress?: Progress | undefined
}

export interface Created {
  readonly entity: AssetView
  /** False when that version was there with the same content. */
  readonly created: boolean
  readonly warnings: readonly Diagnostic[]
}

export interface ListRequest {
  /** Lists the versions of this name instead of names. */
  readonly name?: string
  readonly registry?: string
  /** Default: only what is not archived. */
  readonly archived?: 'active' | 'archived' | 'all'
}

/** Says where in the file stands what was refused. */
function placed(error: unknown, sources: SourceLookup): unknown {
  if (!(error instanceof AmletError)) return error
  const [first, ...rest] = error.diagnostics
  const field = error.code === 'AssetExists' ? 'version' : 'path'
  const source = first.source ?? sources.get(field) ?? sources.get('')
  return new AmletError({ ...first, source }, rest, { cause: error.cause })
}

/** Versions read at once: some 10 ms of the server's thread. */
const PAGE = 200

const NOWHERE: SourceLookup = { get: () => undefined }

/** Data, models, environments, components and code of one home: create, look up, resolve, pin. */
export class Assets {
  readonly context: Context
  /** Checks of what is used in place, under way: jobs that start together share one. */
  readonly #checks = new Map<string, Promise<void>>()

  constructor(options: AssetsOptions) {
    this.context = createContext(options)
    ensureBuiltInDatastores(this.context)
    ensureLocalCompute(options.db, this.context.now())
    for (const { folder } of localDatastores(this.context)) this.context.layouts.recover(folder)
  }

  /**
   * Registers a version. Same name, version and content again: success, nothing new.
   *
   * @throws AmletError `AssetExists` for other content, saying what differs; what the bytes are refused for.
   */
  async create(
    kind: Exclude<AssetKind, 'code'>,
    entity: BytesEntity | EnvironmentEntity | ComponentEntity,
    request: CreateRequest = {},
  ): Promise<Created> {
    const notes = new Notes(request.strict, request.progress)
    this.#expectWritable(request.registry)
    const { registry, inPlace, createdBy, sources = NOWHERE } = request
    if (request.dryRun && (kind === 'data' || kind === 'model')) {
      const preview = await previewUpload(this.context, kind, {
        entity: entity as BytesEntity,
        notes,
      })
      return { entity: preview, created: false, warnings: notes.list }
    }
    const options = { registry, inPlace, createdBy, notes, sources }
    const { row, created } = await this.#register(kind, entity, options).catch((error) => {
      throw placed(error, sources)
    })
    return { entity: viewVersion(this.context, row), created, warnings: notes.list }
  }

  #register(
    kind: Exclude<AssetKind, 'code'>,
    entity: BytesEntity | EnvironmentEntity | ComponentEntity,
    options: CreateOptions & { readonly sources: SourceLookup },
  ): Promise<Registered> {
    switch (kind) {
      case 'data':
      case 'model':
        return createBytes(this.context, kind, { entity: entity as BytesEntity, options })
      case 'environment':
        return createEnvironment(this.context, entity as EnvironmentEntity, options)
      case 'component':
        return createComponent(this.context, entity as ComponentEntity, options)
    }
  }

  /**
   * One version by version or label; without either its default, where it has one.
   *
   * @throws AmletError `ResourceNotFound`, saying what there is.
   */
  get(key: AssetKey, selector: Selector = {}): AssetView {
    return viewVersion(this.context, this.find(key, selector))
  }

  /** The row behind `get`. */
  find(key: AssetKey, selector: Selector): AssetVersionRow {
    if (key.registry !== BUILT_IN_REGISTRY) return findVersion(this.context, key, selector)
    const row = findCurated(this.context, key, { selector, notes: new Notes() })
    return row ?? findVersion(this.context, key, selector)
  }

  /** A name: its latest version, description and tags. @throws AmletError `ResourceNotFound`. */
  getContainer(key: AssetKey): AssetView {
    const row = getAsset(this.context.db, key)
    if (row === undefined) throw unknownName(this.context, key)
    return viewContainer(this.context, row)
  }

  /** Names, last changed first; with a name its versions, newest first. */
  list(kind: AssetKind, request: ListRequest = {}): AssetView[] {
    const { name, registry = '', archived = 'active' } = request
    this.#expectRegistry(registry)
    if (name !== undefined) return [...this.pagesOf(kind, { ...request, name })].flat()
    if (registry === BUILT_IN_REGISTRY) return this.#listCurated(kind, name)
    return listAssets(this.context.db, kind, registry)
      .filter((row) => archived === 'all' || row.archived === (archived === 'archived'))
      .map((row) => viewContainer(this.context, row))
  }

  /** The versions of a name, newest first, in pages that are read as they are asked for. */
  *pagesOf(
    kind: AssetKind,
    request: ListRequest & { readonly name: string },
  ): Generator<readonly AssetView[]> {
    const { name, registry = '', archived = 'active' } = request
    this.#expectRegistry(registry)
    if (registry === BUILT_IN_REGISTRY) return yield this.#listCurated(kind, name)
    const wanted = archived === 'all' ? {} : { archived: archived === 'archived' }
    let before: number | undefined
    for (;;) {
      const page = { ...wanted, before, max: PAGE }
      const rows = listAssetVersions(this.context.db, { kind, name, registry }, page)
      yield rows.map((row) => viewVersion(this.context, row))
      if (rows.length < PAGE) return
      before = rows.at(-1)?.id
    }
  }

  #listCurated(kind: AssetKind, wanted: string | undefined): AssetView[] {
    if (kind !== 'environment') return []
    const names = this.context.curated
      .list()
      .filter((name) => wanted === undefined || name === wanted)
    return names.map((name) =>
      this.get({ kind, name, registry: BUILT_IN_REGISTRY }, { label: 'latest' }),
    )
  }

  /** One version with the jobs that made and used it. */
  getWithLineage(key: AssetKey, selector: Selector = {}): AssetView {
    const row = this.find(key, selector)
    const used_by = usersOf(this.context, row).map(({ job, input }) => ({ job, input }))
    const labels = [...listAssetLabels(this.context.db, key)]
      .filter(([, version]) => version === row.version)
      .map(([label]) => label)
    return { ...viewVersion(this.context, row), labels, used_by }
  }

  /** What made a version and what it went into, a step in both directions. */
  lineage(key: AssetKey, selector: Selector): Lineage {
    return findLineage(this.context, key, selector)
  }

  /** See `updateAssetEntity`. */
  update(key: AssetKey, selector: Selector, wanted: Readonly<Record<string, unknown>>): AssetView {
    this.#expectWritable(key.registry)
    return updateAssetEntity(this.context, key, { selector, wanted })
  }

  /** A version, or the name itself when neither version nor label is given. */
  archive(key: AssetKey, selector: Selector = {}): void {
    this.#expectWritable(key.registry)
    setArchived(this.context, key, { selector, archived: true })
  }

  restore(key: AssetKey, selector: Selector = {}): void {
    this.#expectWritable(key.registry)
    setArchived(this.context, key, { selector, archived: false })
  }

  /** A version, or all of a name. Returns the versions that are gone; `gc` takes their bytes. */
  delete(key: AssetKey, selector: Selector = {}): readonly string[] {
    this.#expectWritable(key.registry)
    return deleteVersions(this.context, key, selector).map((row) => row.version)
  }

  setLabel(key: AssetKey, label: string, version: string): void {
    this.#expectWritable(key.registry)
    setLabel(this.context, key, { label, version })
  }

  removeLabel(key: AssetKey, label: string): void {
    this.#expectWritable(key.registry)
    removeLabel(this.context, key, label)
  }

  /** Makes a version known in a registry of this server. */
  share(key: AssetKey, selector: Selector, target: ShareTarget): AssetView {
    this.#expectWritable(target.registry)
    return viewVersion(this.context, shareVersion(this.context, key, { selector, target }).row)
  }

  /** Copies the files of a version to `<folder>/<name>/`. */
  download(
    key: AssetKey,
    selector: Selector,
    folder: string,
  ): Promise<{ readonly path: string; readonly fileCount: number }> {
    return downloadAsset(this.context, key, { selector, folder })
  }

  /** Where the files of a version are, for who copies them himself. */
  bytes(key: AssetKey, selector: Selector): Promise<AssetBytes> {
    return assetBytes(this.context, this.find(key, selector))
  }

  /** What any form of reference stands for. */
  resolve(text: string, wanted: Wanted, notes = new Notes()): Resolved {
    return resolveReference(this.context, text, { wanted, notes })
  }

  /** See `pinJob`. */
  pinJob(entity: JobEntity, options: PinJobOptions): Promise<PinnedJob> {
    return pinJob(this.context, entity, options)
  }

  /** See `lookUp` of `pin-job.ts`. */
  lookUp(
    entity: JobEntity | ComponentEntity,
    asked: { readonly kind: 'job' | 'component'; readonly sources: SourceLookup },
  ): Promise<readonly Diagnostic[]> {
    return lookUp(this.context, entity, asked)
  }

  /** See `pinComponent`. */
  pinComponent(
    entity: ComponentEntity,
    options: PinJobOptions,
  ): Promise<PinnedJob<ComponentEntity>> {
    return pinComponent(this.context, entity, options)
  }

  /**
   * Makes sure, right before a job starts, that what it was pinned to in place has not changed since.
   *
   * @throws AmletError `DataChanged`, naming the files.
   */
  async expectUnchanged(data: ResolvedData): Promise<void> {
    const { isImmutable, asset, localPath } = data
    if (isImmutable || asset === undefined || localPath === undefined) return
    await (this.#checks.get(asset.id) ?? this.#check(asset.id))
  }

  #check(id: string): Promise<void> {
    const work = async () => {
      const found = this.resolve(id, { kind: 'input' })
      if (found.type === 'version') await assetBytes(this.context, found.row)
    }
    const running = work().finally(() => this.#checks.delete(id))
    this.#checks.set(id, running)
    return running
  }

  /** Where a `compute:` text runs. @throws AmletError `Substitution` when strict. */
  resolveCompute(
    text: string | undefined,
    strict = false,
  ): ComputeChoice & { readonly warnings: readonly Diagnostic[] } {
    const notes = new Notes(strict)
    return { ...resolveCompute(this.context, text, notes), warnings: notes.list }
  }

  /** Registers a finished output; synchronous, inside the transaction of its job's success. */
  registerOutput = (db: Db, output: OutputRegistration) => registerOutput(this.context, db, output)

  /** Where datastore URIs are on this machine; nothing need be there. */
  readonly places = {
    locate: (uri: string): string => {
      const { datastore, path } = splitDatastoreUri(uri)
      return localPathOf(this.context, datastore, path.replace(/\/+$/, ''))
    },
  }

  /** Resolves when all that was stored are files; `places` may be read then. */
  settled(): Promise<void> {
    return this.context.layouts.settled()
  }

  /** See `collectGarbage`. */
  gc(options: GcOptions): Promise<GcReport> {
    return collectGarbage(this.context, options)
  }

  /** Compares everything stored by content with its hash. */
  verify(): Promise<VerifyReport> {
    return verifyUploads(this.context)
  }

  /** Ends the threads for files. */
  async close(): Promise<void> {
    await this.context.trees.close()
  }

  #expectWritable(registry: string | undefined): void {
    this.#expectRegistry(registry)
    if (registry === BUILT_IN_REGISTRY) throw readOnlyRegistry(registry)
  }

  #expectRegistry(registry: string | undefined): void {
    if (!registry || registry === BUILT_IN_REGISTRY) return
    const { db } = this.context
    if (getRegistry(db, registry) !== undefined) return
    throw unknownRegistry(
      registry,
      listRegistries(db).map((row) => row.name),
    )
  }
}
