import { checkAssetName } from '../core/asset/names.ts'
import type { ComponentEntity, EnvironmentEntity } from '../core/entity.ts'
import { AmletError, throwOnErrors } from '../core/errors.ts'
import type { Context } from './context.ts'
import type { CreateOptions } from './create-bytes.ts'
import { environmentDigest, pinBuildContext } from './pin-environment.ts'
import { pinComponent } from './pin-job.ts'
import type { SourceLookup } from './pinner.ts'
import { type Registered, registerVersion } from './record.ts'

/** Registers an environment; a local build context is stored with it. */
export async function createEnvironment(
  ctx: Context,
  entity: EnvironmentEntity,
  options: CreateOptions,
): Promise<Registered> {
  const { name = '', version } = entity
  throwOnErrors(checkAssetName('environment', name, version))
  if (entity.image === undefined && entity.build === undefined && entity.conda_file === undefined)
    throw new AmletError({
      code: 'MissingField',
      message: `environment ${name} has none of image, build and conda_file`,
      hint: 'give an image, with or without conda_file',
    })
  const pinned = await pinBuildContext(ctx, entity, { notes: options.notes, bytes: 'store' })
  return registerVersion(ctx.db, {
    kind: 'environment',
    name,
    version,
    registry: options.registry ?? '',
    type: 'environment',
    uri: pinned.build?.path,
    entity: { ...pinned },
    content: environmentDigest(pinned),
    createdBy: options.createdBy ?? ctx.user,
    atMs: ctx.now(),
  })
}

/** Registers a component; what it refers to is resolved and stored as for a job. */
export async function createComponent(
  ctx: Context,
  entity: ComponentEntity,
  { sources, ...options }: CreateOptions & { readonly sources: SourceLookup },
): Promise<Registered> {
  const { name = '', version } = entity
  throwOnErrors(checkAssetName('component', name, version))
  const pinned = await pinComponent(ctx, entity, { sources })
  options.notes.list.push(...pinned.warnings)
  return registerVersion(ctx.db, {
    kind: 'component',
    name,
    version,
    registry: options.registry ?? '',
    type: entity.type,
    entity: { ...pinned.entity },
    createdBy: options.createdBy ?? ctx.user,
    atMs: ctx.now(),
  })
}
