import type { AssetKey } from '../core/asset/kind.ts'
import { checkAssetName } from '../core/asset/names.ts'
import { throwOnErrors } from '../core/errors.ts'
import type { Selector } from '../core/refs/reference.ts'
import { assetFingerprint } from '../store/assets.ts'
import type { Context } from './context.ts'
import { findVersion } from './find-version.ts'
import { type Registered, registerVersion } from './record.ts'

export interface ShareTarget {
  readonly registry: string
  /** Default: as in the workspace. */
  readonly name?: string | undefined
  readonly version?: string | undefined
}

/** Makes a version known in a registry of this server, or a registry's in the workspace. Its bytes are shared. */
export function shareVersion(
  ctx: Context,
  key: AssetKey,
  { selector, target }: { readonly selector: Selector; readonly target: ShareTarget },
): Registered {
  const row = findVersion(ctx, key, selector)
  const name = target.name ?? row.name
  const version = target.version ?? row.version
  throwOnErrors(checkAssetName(row.kind, name, version))
  const { kind, type, content, facts, description, tags, properties, stage } = row
  const mutable = { description: description ?? undefined, tags, properties }
  return registerVersion(ctx.db, {
    ...{ kind, name, version, type, content, facts },
    registry: target.registry,
    uri: row.uri ?? undefined,
    entity: { ...row.entity, ...mutable, ...(stage === null ? {} : { stage }) },
    fingerprint: assetFingerprint(ctx.db, row.id),
    createdBy: ctx.user,
    atMs: ctx.now(),
  })
}
