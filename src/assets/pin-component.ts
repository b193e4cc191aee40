import type { AssetKey } from '../core/asset/kind.ts'
import type { ComponentEntity } from '../core/entity.ts'
import { AmletError } from '../core/errors.ts'
import type { Context, Notes } from './context.ts'
import { pinnedReference } from './ids.ts'
import { resolveReference } from './resolve.ts'

export interface NamedComponent {
  readonly path: string
  /** As registered: its own references are pinned. */
  readonly entity: ComponentEntity
  readonly used: AssetKey & { readonly version: string }
}

/** @throws AmletError `ResourceNotFound`, `InvalidReference`. */
export function pinComponentReference(ctx: Context, text: string, notes: Notes): NamedComponent {
  const found = resolveReference(ctx, text, { wanted: { kind: 'component' }, notes })
  if (found.type !== 'version')
    throw new AmletError({
      code: 'InvalidReference',
      message: `"${text}" names no component`,
      hint: 'write azureml:<name>:<version>, azureml:<name>, or the path of a component file',
    })
  const { row } = found
  const { kind, name, version, registry } = row
  const entity = { ...row.entity, name, version } as unknown as ComponentEntity
  const path = pinnedReference(ctx.identity, row, version)
  return { path, entity, used: { kind, name, version, registry } }
}
