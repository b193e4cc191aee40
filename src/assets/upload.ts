import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { AmletError } from '../core/errors.ts'
import { datastoreUri } from '../core/refs/print.ts'
import { nothingToStore, type StoredTree, type StoreRequest } from '../files/store-tree.ts'
import { LocalDatastore } from '../storage/local.ts'
import { type Context, type Notes, walkFacts } from './context.ts'
import { packFolder } from './layouts.ts'
import { openNamedDatastore, type Place } from './places.ts'

export const DEFAULT_DATASTORE = 'workspaceblobstore'

export interface Uploaded extends Place {
  readonly hash: string
  readonly fileCount: number
  readonly sizeBytes: number
  /** False when the same content was there already. */
  readonly isNew: boolean
}

export interface UploadOptions {
  readonly ignore: StoreRequest['ignore']
  readonly datastore?: string | undefined
  readonly includes?: readonly string[] | undefined
  /** A single file becomes a folder with that file in it. */
  readonly asFolder?: boolean | undefined
  /** Many small files may still be a pack when this returns; `settled` of the layouts waits for them. */
  readonly mayDefer?: boolean | undefined
  readonly notes?: Notes | undefined
}

/**
 * Copies a file or folder of this machine into a datastore, at `LocalUpload/<content hash>/<its name>`; content
 * that is there is not sent again.
 *
 * @throws AmletError `FileNotFound`, `DataChanged`, `InvalidValue`, `StorageFailure`; nothing is stored then.
 */
export async function uploadLocal(
  ctx: Context,
  path: string,
  options: UploadOptions,
): Promise<Uploaded> {
  const datastore = writableDatastore(ctx, options.datastore ?? DEFAULT_DATASTORE)
  const root = resolve(path)
  const name = basename(root) || 'root'
  const stored = await store(ctx, {
    root,
    name,
    ignore: options.ignore,
    includes: options.includes ?? [],
    asFolder: options.asFolder ?? false,
    ...walkFacts(ctx),
    progress: options.notes?.progress?.buffer,
    uploads: join(datastore.folder, 'LocalUpload'),
    staging: join(datastore.folder, '.staging'),
    ...(options.mayDefer ? { packs: packFolder(datastore.folder) } : {}),
  })
  if (stored.pack !== undefined) ctx.layouts.start(stored.pack, stored.path, datastore.folder)
  noteOutsideLinks(root, stored, options.notes)
  if (stored.isMended)
    options.notes?.note(`the stored copy of ${name} was damaged; it was replaced by this one`)
  const { hash, fileCount, sizeBytes, isNew, isFile } = stored
  const uri = datastoreUri(datastore.name, `LocalUpload/${hash}/${name}`)
  return { uri, localPath: stored.path, isFile, hash, fileCount, sizeBytes, isNew }
}

/**
 * What `uploadLocal` would give, with the bytes left where they stand.
 *
 * @throws AmletError `FileNotFound`, `InvalidValue`.
 */
export async function previewUpload(
  ctx: Context,
  path: string,
  options: UploadOptions,
): Promise<Omit<Uploaded, 'isNew'>> {
  const datastore = writableDatastore(ctx, options.datastore ?? DEFAULT_DATASTORE)
  const root = resolve(path)
  const { ignore, includes = [], asFolder = false } = options
  const request = { root, ignore, includes, asFolder, ...walkFacts(ctx) }
  const { hash, fileCount, sizeBytes, isFile } = await ctx.trees.run('hashTree', request)
  if (fileCount === 0) throw new AmletError(nothingToStore(request))
  const uri = datastoreUri(datastore.name, `LocalUpload/${hash}/${basename(root) || 'root'}`)
  return { uri, localPath: root, isFile, hash, fileCount, sizeBytes }
}

/** What becomes of local files that a request names: stored, only hashed, or not looked at. */
export type BytesUse = 'store' | 'hash' | 'leave'

/** Does with a file or folder of this machine what the request is for. @throws AmletError as `uploadLocal`. */
export async function takeLocal(
  ctx: Context,
  path: string,
  { bytes, ...options }: UploadOptions & { readonly bytes: BytesUse },
): Promise<Omit<Uploaded, 'isNew'>> {
  if (bytes === 'store') return uploadLocal(ctx, path, options)
  if (bytes === 'hash') return previewUpload(ctx, path, options)
  const { name } = writableDatastore(ctx, options.datastore ?? DEFAULT_DATASTORE)
  const uri = datastoreUri(name, 'LocalUpload')
  return { uri, localPath: resolve(path), isFile: false, hash: '', fileCount: 0, sizeBytes: 0 }
}

/** From here on the content is on lease; what was collected while it was looked for is stored again. */
async function store(ctx: Context, request: StoreRequest): Promise<StoredTree> {
  const stored = await ctx.trees.run('storeTree', request)
  ctx.leases.hold(stored.hash)
  if (ctx.isProtecting && stored.isNew && stored.pack === undefined)
    await ctx.trees.run('setTreeWritable', { root: stored.path, isWritable: false })
  return existsSync(stored.pack ?? stored.path) ? stored : store(ctx, request)
}

/** @throws AmletError `OperationNotSupported` for a datastore that is not a folder of this machine. */
export function writableDatastore(ctx: Context, name: string): LocalDatastore {
  const datastore = openNamedDatastore(ctx, name)
  if (datastore instanceof LocalDatastore) return datastore
  throw new AmletError({
    code: 'OperationNotSupported',
    message: `datastore ${name} is of type ${datastore.type}; nothing can be uploaded to it from this machine`,
    hint: `leave "datastore" out, or give it a folder: amlet datastore create -n ${name} --path <folder>`,
  })
}

function noteOutsideLinks(root: string, stored: StoredTree, notes: Notes | undefined): void {
  const [first] = stored.outsideLinks
  if (first === undefined) return
  const count = stored.outsideLinks.length
  const links = count === 1 ? `the link ${first}` : `${count} links (${first} and others)`
  notes?.note(`${links} lead out of ${root}; the files they point to were uploaded`)
}
