import type { AssetKey } from '../core/asset/kind.ts'
import {
  type AssetRow,
  type AssetVersionRow,
  labelledVersion,
  latestAssetVersion,
} from '../store/assets.ts'
import type { Context } from './context.ts'
import { assetIdOf, idOf } from './ids.ts'

/** An asset as it is shown: the YAML's own shape with read-only fields added. */
export type AssetView = Readonly<Record<string, unknown>>

const isoTime = (ms: number): string => new Date(ms).toISOString()

const creationContext = (row: AssetRow | AssetVersionRow) => ({
  created_at: isoTime(row.createdMs),
  created_by: row.createdBy,
  created_by_type: 'User',
  last_modified_at: isoTime(row.modifiedMs),
})

/** One version, as `show` prints it. */
export function viewVersion(ctx: Context, row: AssetVersionRow): AssetView {
  const { identity } = ctx
  const { facts } = row
  const optional = {
    description: row.description ?? undefined,
    stage: row.stage ?? undefined,
    archived: row.archived || undefined,
    single_file: facts.singleFile,
    file_count: facts.fileCount,
    size_bytes: facts.sizeBytes,
    content_hash: facts.hash,
    in_place: facts.inPlace,
    made_by: row.job === null ? undefined : { job: row.job, output: row.output },
  }
  const kept = Object.entries(optional).filter(([, value]) => value !== undefined)
  return {
    ...row.entity,
    name: row.name,
    version: row.version,
    ...Object.fromEntries(kept),
    tags: row.tags,
    properties: row.properties,
    id: idOf(identity, row, row.version),
    asset_id: assetIdOf(identity, row, row.version),
    creation_context: creationContext(row),
  }
}

/** A name, as `list` prints it. */
export function viewContainer(ctx: Context, row: AssetRow): AssetView {
  const latest = latestAssetVersion(ctx.db, row)
  const id = idOf(ctx.identity, row, '')
  return {
    name: row.name,
    latest_version: latest?.version ?? null,
    ...(latest === undefined ? {} : { type: latest.type }),
    ...(row.description === null ? {} : { description: row.description }),
    ...(row.archived ? { archived: true } : {}),
    ...defaultVersion(ctx, row),
    tags: row.tags,
    properties: row.properties,
    id: id.replace(/\/versions\/?$/, ''),
    creation_context: creationContext(row),
  }
}

function defaultVersion(ctx: Context, key: AssetKey) {
  if (key.kind !== 'component') return {}
  const version = labelledVersion(ctx.db, key, 'default')
  return version === undefined ? {} : { default_version: version }
}
