import { basename, isAbsolute, join, resolve } from 'node:path'
import { checkAssetName } from '../core/asset/names.ts'
import type { PathType } from '../core/entity.ts'
import { AmletError, throwOnErrors } from '../core/errors.ts'
import type { Listing } from '../files/listing.ts'
import { isInside } from '../files/walk.ts'
import { type AssetFacts, getAssetVersion } from '../store/assets.ts'
import { expectUnchanged, fileUri, placeOfUri } from './bytes.ts'
import type { Context, Notes } from './context.ts'
import { checkLocalShape, notAFile } from './local-shape.ts'
import { checkTableFile } from './mltable.ts'
import { findModelRoot } from './model-layout.ts'
import { list } from './not-found.ts'
import type { Place } from './places.ts'
import { type NewVersion, type Registered, registerVersion } from './record.ts'
import { checkRemote } from './remote.ts'
import { type Resolved, resolveReference } from './resolve.ts'
import { uploadLocal } from './upload.ts'

/** A data or model entity as `core/spec` gives it: `path` absolute or a reference. */
export interface BytesEntity {
  readonly name?: string
  readonly version?: string
  readonly type?: string
  readonly path?: string
  readonly datastore?: string
  readonly [field: string]: unknown
}

export interface CreateOptions {
  readonly registry?: string | undefined
  /** Uses the bytes where they stand, and checks whenever they are used that they have not changed. */
  readonly inPlace?: boolean | undefined
  readonly createdBy?: string | undefined
  readonly notes: Notes
}

const MOST_NAMED = 5

interface Bytes {
  readonly uri: string
  readonly place?: Place
  readonly facts: AssetFacts
  /** What two registrations of one version must share. */
  readonly content: string
  readonly fingerprint?: Uint8Array
}

/** Registers data or a model: checks it, brings its bytes where they belong, records the version. */
export async function createBytes(
  ctx: Context,
  kind: 'data' | 'model',
  { entity, options }: { readonly entity: BytesEntity; readonly options: CreateOptions },
): Promise<Registered> {
  const { name = '', version } = entity
  throwOnErrors(checkAssetName(kind, name, version))
  const type = entity.type ?? (kind === 'data' ? 'uri_folder' : 'custom_model')
  if (typeof entity.path !== 'string' || entity.path === '') throw noPath(kind, name)
  const found = await bringBytes(ctx, entity.path, { kind, type, entity, options })
  const bytes = refine(found, { kind, type, notes: options.notes })
  const { datastore: _datastore, in_place: _inPlace, ...fields } = entity
  const given: NewVersion = {
    ...{ kind, name, version, type, uri: bytes.uri },
    registry: options.registry ?? '',
    entity: { ...fields, type, path: bytes.uri },
    content: JSON.stringify([type, bytes.content]),
    facts: bytes.facts,
    fingerprint: bytes.fingerprint,
    createdBy: options.createdBy ?? ctx.user,
    atMs: ctx.now(),
  }
  const files = await differingFiles(ctx, given, bytes.place)
  const registered = registerVersion(ctx.db, given, files)
  if (bytes.facts.hash !== undefined) ctx.leases.release(bytes.facts.hash)
  return registered
}

/** Which files differ from those of the version that is there, for the error that says so. */
async function differingFiles(
  ctx: Context,
  given: NewVersion,
  place: Place | undefined,
): Promise<string | undefined> {
  if (given.version === undefined || place === undefined) return undefined
  const stored = getAssetVersion(ctx.db, given, given.version)
  if (stored?.uri == null || stored.content === given.content || isRemote(stored.uri))
    return undefined
  await ctx.layouts.settled()
  const before = placeIfThere(ctx, stored.uri)
  if (before === undefined) return undefined
  const request = { before: before.localPath, after: place.localPath, limit: MOST_NAMED }
  const { count, changed } = await ctx.trees.run('diffTrees', request)
  const names = changed.map((name) => name.replace(/^ \(/, `${basename(place.localPath)} (`))
  return count === 0 ? undefined : `files ${list(names)}${count > names.length ? ', …' : ''}`
}

function placeIfThere(ctx: Context, uri: string): Place | undefined {
  try {
    return placeOfUri(ctx, uri)
  } catch {
    return undefined
  }
}

interface Bringing {
  readonly kind: 'data' | 'model'
  readonly type: string
  readonly entity: BytesEntity
  readonly options: CreateOptions
}

async function bringBytes(ctx: Context, path: string, how: Bringing): Promise<Bytes> {
  const { kind, options, entity } = how
  const inPlace = options.inPlace ?? entity['in_place'] === true
  const type = how.type as PathType
  if (!isAbsolute(path)) await ctx.layouts.settled()
  const found: Resolved = isAbsolute(path)
    ? { type: 'local', path }
    : resolveReference(ctx, path, { wanted: { kind: 'input', type }, notes: options.notes })
  switch (found.type) {
    case 'local':
      checkLocalShape(found.path, type)
      return inPlace
        ? takeInPlace(ctx, { localPath: resolve(found.path), notes: options.notes })
        : upload(ctx, found.path, how)
    case 'place':
      return isStored(found.place.uri)
        ? atPlace(found.place)
        : takeInPlace(ctx, { ...found.place, notes: options.notes })
    case 'url':
      checkRemote(found.url, type)
      return { uri: found.url, facts: {}, content: found.url }
    case 'version': {
      const { row } = found
      if (row.uri === null) throw noPath(kind, entity.name ?? '')
      if (isRemote(row.uri)) return { uri: row.uri, facts: row.facts, content: row.content }
      const place = placeOfUri(ctx, row.uri)
      await expectUnchanged(ctx, row, place)
      return row.facts.inPlace
        ? takeInPlace(ctx, { ...place, notes: options.notes })
        : atPlace(place)
    }
  }
}

/** Places that only amlet writes to, each once: uploads, generated outputs, artifacts. */
const STORED =
  /^azureml:\/\/datastores\/(workspaceblobstore\/paths\/(LocalUpload|azureml)|workspaceartifactstore\/paths\/ExperimentRun)\//

/** Bytes that are fetched when they are used. */
export const isRemote = (uri: string): boolean => /^(https?|wasbs?|abfss?):/.test(uri)

export const isStored = (uri: string): boolean => STORED.test(uri)

function atPlace(place: Place): Bytes {
  return { uri: place.uri, place, facts: { isFile: place.isFile }, content: place.uri }
}

async function upload(ctx: Context, path: string, how: Bringing): Promise<Bytes> {
  const { datastore } = how.entity
  const notes = how.options.notes
  const mayDefer = how.type === 'uri_folder'
  const uploaded = await uploadLocal(ctx, path, { ignore: 'data', datastore, mayDefer, notes })
  const { uri, isFile, hash, fileCount, sizeBytes } = uploaded
  const facts = { isFile, hash, fileCount, sizeBytes }
  const content = isFile ? `sha256:${hash}/${basename(path)}` : `sha256:${hash}`
  return { uri, place: uploaded, facts, content }
}

async function takeInPlace(
  ctx: Context,
  {
    localPath,
    uri,
    notes,
  }: { readonly localPath: string; readonly uri?: string; readonly notes: Notes },
): Promise<Bytes> {
  if (isInside(join(ctx.home.root, 'runs'), localPath)) throw inRunFolder(localPath)
  if (isInside(localPath, ctx.home.root)) throw holdsHome(localPath, ctx.home.root)
  const listing: Listing = await ctx.trees.run('takeListing', {
    root: localPath,
    progress: notes.progress?.buffer,
  })
  const { isFile, fileCount, sizeBytes, hash } = listing
  const place = { uri: uri ?? fileUri(localPath), localPath, isFile }
  return {
    uri: place.uri,
    place,
    facts: { isFile, fileCount, sizeBytes, inPlace: true },
    content: `listing:${hash}`,
    fingerprint: listing.entries,
  }
}

/** Checks the bytes against the type, and finds what is to be known about a model. */
function refine(
  bytes: Bytes,
  { kind, type, notes }: { readonly kind: string; readonly type: string; readonly notes: Notes },
): Bytes {
  const { place } = bytes
  if (place === undefined) return bytes
  if (type === 'mlflow_model') {
    const below = findModelRoot(place.localPath)
    if (below === '') return bytes
    notes.note(`MLmodel was found in ${below}/: that folder is the model`)
    return { ...bytes, uri: `${bytes.uri}/${below}`, content: `${bytes.content}/${below}` }
  }
  if (type === 'mltable') checkTableFile(place.localPath)
  if (kind === 'model' && place.isFile)
    return { ...bytes, facts: { ...bytes.facts, singleFile: basename(place.localPath) } }
  if (type === 'uri_file' && !place.isFile) throw notAFile(place.localPath)
  if (type === 'uri_folder' && place.isFile)
    notes.note(
      `${basename(place.localPath)} is a file and the type is uri_folder: is "type: uri_file" meant?`,
    )
  return bytes
}

function noPath(kind: string, name: string): AmletError {
  return new AmletError({
    code: 'MissingField',
    message: `${kind} ${name} has no path`,
    hint: 'give path: a file or folder, a datastore path, a job output or an address',
  })
}

function inRunFolder(path: string): AmletError {
  return new AmletError({
    code: 'InvalidValue',
    message: `${path} is in a run folder, which is cleaned up; it cannot be used in place`,
    hint: 'leave --in-place out, or register the output: azureml://jobs/<job>/outputs/<output>',
  })
}

function holdsHome(path: string, home: string): AmletError {
  return new AmletError({
    code: 'InvalidValue',
    message: `${path} holds amlet's own folder ${home}, which changes all the time; it cannot be used in place`,
    hint: 'leave --in-place out, or give a folder beside it',
  })
}
