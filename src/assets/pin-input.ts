import { basename } from 'node:path'
import type { AssetKey } from '../core/asset/kind.ts'
import type { PathInput, PathType } from '../core/entity.ts'
import { AmletError } from '../core/errors.ts'
import type { ResolvedData } from '../core/plan/resolved.ts'
import type { AssetVersionRow } from '../store/assets.ts'
import { expectUnchanged, placeOfUri } from './bytes.ts'
import type { Context, Notes } from './context.ts'
import { isRemote, isStored } from './create-bytes.ts'
import { pinnedReference } from './ids.ts'
import { checkLocalShape } from './local-shape.ts'
import { checkTableFile } from './mltable.ts'
import { findModelRoot } from './model-layout.ts'
import type { Place } from './places.ts'
import { checkRemote, fetchRemote } from './remote.ts'
import { type Resolved, resolveReference } from './resolve.ts'
import { type BytesUse, takeLocal } from './upload.ts'

/** An input whose reference is resolved. */
export interface PinnedInput {
  /** What stands in the pinned entity. */
  readonly path: string
  readonly data: ResolvedData
  /** The version that is read, when an asset was named. */
  readonly used?: AssetKey & { readonly version: string }
}

export interface PinOptions {
  readonly notes: Notes
  readonly bytes: BytesUse
}

/** @throws AmletError when the input cannot be had, or is not what its type says. */
export async function pinInput(
  ctx: Context,
  input: PathInput,
  options: PinOptions,
): Promise<PinnedInput> {
  const type = input.type ?? 'uri_folder'
  await ctx.layouts.settled()
  const found = resolveReference(ctx, input.path, {
    wanted: { kind: 'input', type },
    notes: options.notes,
  })
  const pinned = await fetchBytes(ctx, found, { input, options })
  return options.bytes === 'leave' && found.type === 'local' ? pinned : checkType(pinned, type)
}

interface Fetching {
  readonly input: PathInput
  readonly options: PinOptions
}

async function fetchBytes(ctx: Context, found: Resolved, how: Fetching): Promise<PinnedInput> {
  switch (found.type) {
    case 'version':
      return pinVersion(ctx, found.row, how)
    case 'place':
      return pinPlace(ctx, found.place, how)
    case 'local':
      return pinLocal(ctx, found.path, how)
    case 'url':
      return pinRemote(ctx, found.url, how)
  }
}

async function pinRemote(ctx: Context, url: string, how: Fetching): Promise<PinnedInput> {
  const { input, options } = how
  const type = input.type ?? 'uri_folder'
  const isFile = type === 'uri_file'
  const unread = { path: url, data: { uri: url, isFile, identity: url, isImmutable: false } }
  if (input.mode === 'direct') return unread
  checkRemote(url, type)
  if (options.bytes !== 'store') return unread
  return { path: url, data: { ...(await fetchRemote(ctx, url, type)), isImmutable: true } }
}

async function pinVersion(ctx: Context, row: AssetVersionRow, how: Fetching): Promise<PinnedInput> {
  const { kind, name, version, registry } = row
  const path = pinnedReference(ctx.identity, row, version)
  if (row.uri === null) throw new Error(`${kind} ${name}:${version} has no bytes`)
  const used = { kind, name, version, registry }
  const id = path.replace(/^azureml:(?=\/subscriptions)/, '')
  const asset = { id, name, version, type: row.type as PathType }
  if (isRemote(row.uri)) {
    const { data } = await pinRemote(ctx, row.uri, how)
    return { path, data: { ...data, asset }, used }
  }
  const place = placeOfUri(ctx, row.uri)
  if (how.options.bytes !== 'leave') await expectUnchanged(ctx, row, place)
  const { singleFile } = row.facts
  const data: ResolvedData = {
    ...place,
    asset,
    ...(singleFile === undefined ? {} : { singleFile }),
    identity: path,
    isImmutable: row.facts.inPlace !== true,
  }
  return { path, data, used }
}

async function pinPlace(ctx: Context, place: Place, { options }: Fetching): Promise<PinnedInput> {
  if (isStored(place.uri) || options.bytes === 'leave')
    return { path: place.uri, data: { ...place, identity: place.uri, isImmutable: true } }
  const { hash } = await ctx.trees.run('takeListing', { root: place.localPath })
  const identity = `${place.uri}#${hash}`
  return { path: place.uri, data: { ...place, identity, isImmutable: false } }
}

async function pinLocal(ctx: Context, path: string, how: Fetching): Promise<PinnedInput> {
  const { input, options } = how
  const { bytes, notes } = options
  if (bytes !== 'leave') checkLocalShape(path, input.type ?? 'uri_folder')
  const { datastore } = input
  const uploaded = await takeLocal(ctx, path, { bytes, ignore: 'data', datastore, notes })
  const { uri, localPath, isFile, hash } = uploaded
  const identity = isFile ? `sha256:${hash}/${basename(path)}` : `sha256:${hash}`
  return { path: uri, data: { uri, localPath, isFile, identity, isImmutable: true } }
}

const MODELS: ReadonlySet<PathType> = new Set(['custom_model', 'mlflow_model', 'triton_model'])

function checkType(pinned: PinnedInput, type: PathType): PinnedInput {
  const { data } = pinned
  const { localPath } = data
  if (localPath === undefined) return pinned
  if (type === 'mlflow_model') return atModelRoot(pinned, localPath)
  if (type === 'mltable') checkTableFile(localPath)
  if (type === 'uri_file' && !data.isFile)
    throw new AmletError({
      code: 'InvalidValue',
      message: `${pinned.path} is a folder (${localPath}), and type: uri_file needs a file`,
      hint: `use type: ${data.asset?.type ?? 'uri_folder'}, or name a file in it`,
    })
  if (!MODELS.has(type) || !data.isFile || data.singleFile !== undefined) return pinned
  return { ...pinned, data: { ...data, singleFile: basename(localPath) } }
}

/** A folder one level above `MLmodel` was named: the pinned path is then that of the model itself. */
function atModelRoot(pinned: PinnedInput, localPath: string): PinnedInput {
  const below = findModelRoot(localPath)
  if (below === '') return pinned
  const { data } = pinned
  const moved = { ...data, uri: `${data.uri}/${below}`, localPath: `${localPath}/${below}` }
  const path = moved.uri
  return { ...pinned, path, data: { ...moved, identity: `${data.identity}/${below}` } }
}
