import { immutableFields } from '../core/asset/difference.ts'
import { type AssetKey, describeAsset } from '../core/asset/kind.ts'
import { AmletError, type Diagnostic, throwOnErrors } from '../core/errors.ts'
import type { Selector } from '../core/refs/reference.ts'
import {
  type AssetChanges,
  type AssetVersionRow,
  archiveAsset,
  archiveAssetVersion,
  deleteAssetVersion,
  getAsset,
  listAssetVersions,
  removeAssetLabel,
  setAssetLabel,
  updateAsset,
  updateAssetVersion,
} from '../store/assets.ts'
import type { Context } from './context.ts'
import { findVersion } from './find-version.ts'
import { unknownLabel, unknownName } from './not-found.ts'
import { viewContainer, viewVersion } from './view.ts'

type Fields = Readonly<Record<string, unknown>>

const CHANGEABLE = ['description', 'tags', 'properties', 'stage'] as const

/**
 * Changes description, tags, properties and a model's stage: of a version, or of the name when no version or
 * label is given. `wanted` is the whole entity as it should be.
 *
 * @throws AmletError `InvalidValue` when it changes anything else, naming the field.
 */
export function updateAssetEntity(
  ctx: Context,
  key: AssetKey,
  { selector, wanted }: { readonly selector: Selector; readonly wanted: Fields },
): Fields {
  const isContainer = selector.version === undefined && selector.label === undefined
  if (isContainer) return updateContainer(ctx, key, wanted)
  const row = findVersion(ctx, key, selector)
  const shown = viewVersion(ctx, row)
  throwOnErrors(frozenFields(shown, wanted, describeAsset(key, row.version)))
  updateAssetVersion(ctx.db, row.id, changesOf(wanted), ctx.now())
  return viewVersion(ctx, findVersion(ctx, key, { version: row.version }))
}

function updateContainer(ctx: Context, key: AssetKey, wanted: Fields): Fields {
  const row = getAsset(ctx.db, key)
  if (row === undefined) throw unknownName(ctx, key)
  throwOnErrors(frozenFields(viewContainer(ctx, row), wanted, describeAsset(key)))
  updateAsset(ctx.db, key, changesOf(wanted), ctx.now())
  return viewContainer(ctx, getAsset(ctx.db, key) ?? row)
}

function frozenFields(shown: Fields, wanted: Fields, what: string): Diagnostic[] {
  const before = immutableFields(shown)
  const after = immutableFields(wanted)
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return keys
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => ({
      code: 'InvalidValue',
      message: `${field} of ${what} cannot be changed`,
      hint: `only ${CHANGEABLE.join(', ')} can; for anything else create a new version`,
    }))
}

function changesOf(wanted: Fields): AssetChanges {
  const { description, tags, properties, stage } = wanted
  return {
    description: textOrNull('description', description),
    stage: textOrNull('stage', stage),
    tags: texts('tags', tags),
    properties: texts('properties', properties),
  }
}

function textOrNull(field: string, value: unknown): string | null {
  if (value === undefined || value === null) return null
  if (typeof value === 'object') throw notText(field, value)
  return String(value)
}

function texts(field: string, value: unknown): Record<string, string | null> {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw notText(field, value)
  const entries = Object.entries(value).map(([name, text]): [string, string | null] => [
    name,
    textOrNull(`${field}.${name}`, text),
  ])
  return Object.fromEntries(entries)
}

function notText(field: string, value: unknown): AmletError {
  return new AmletError({
    code: 'InvalidValue',
    message: `${field} cannot be ${JSON.stringify(value).slice(0, 80)}`,
    hint: field.includes('.') ? 'give a text' : 'give a mapping of names to texts',
  })
}

/** Archives or restores a version; without version or label the name itself. */
export function setArchived(
  ctx: Context,
  key: AssetKey,
  { selector, archived }: { readonly selector: Selector; readonly archived: boolean },
): void {
  if (selector.version === undefined && selector.label === undefined) {
    if (getAsset(ctx.db, key) === undefined) throw unknownName(ctx, key)
    archiveAsset(ctx.db, key, archived)
    return
  }
  archiveAssetVersion(ctx.db, findVersion(ctx, key, selector).id, archived)
}

/**
 * Deletes a version, or every version of a name. Their numbers are never given again; their bytes go with the
 * next `gc`, unless something else uses them.
 */
export function deleteVersions(ctx: Context, key: AssetKey, selector: Selector): AssetVersionRow[] {
  const isAll = selector.version === undefined && selector.label === undefined
  const rows = isAll ? listAssetVersions(ctx.db, key) : [findVersion(ctx, key, selector)]
  if (rows.length === 0) throw unknownName(ctx, key)
  ctx.db.transaction(() => {
    for (const row of rows) deleteAssetVersion(ctx.db, row, ctx.now())
  })
  return rows
}

/** Points a label at a version. @throws AmletError `InvalidValue` for `latest`, which is computed. */
export function setLabel(
  ctx: Context,
  key: AssetKey,
  { label, version }: { readonly label: string; readonly version: string },
): void {
  if (label === 'latest')
    throw new AmletError({
      code: 'InvalidValue',
      message: 'the label "latest" cannot be set: it is always the newest version',
      hint: 'choose another label, such as "production"',
    })
  if (!/^[A-Za-z][\w.-]{0,254}$/.test(label))
    throw new AmletError({
      code: 'InvalidValue',
      message: `"${label.slice(0, 80)}" cannot be a label`,
      hint: 'begin with a letter; use letters, digits, "_", "-" and "."',
    })
  const row = findVersion(ctx, key, { version })
  setAssetLabel(ctx.db, key, label, row.version)
}

/** @throws AmletError `ResourceNotFound`. */
export function removeLabel(ctx: Context, key: AssetKey, label: string): void {
  if (!removeAssetLabel(ctx.db, key, label)) throw unknownLabel(ctx, key, label)
}
