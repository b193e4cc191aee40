import { createHash } from 'node:crypto'
import type { AssetKey } from '../core/asset/kind.ts'
import type { EnvironmentEntity } from '../core/entity.ts'
import { recallCondaSource } from '../core/environment/conda-source.ts'
import { environmentIdentity } from '../core/environment/identity.ts'
import { AmletError } from '../core/errors.ts'
import type { ResolvedEnvironment } from '../core/plan/resolved.ts'
import type { Context } from './context.ts'
import { idOf, pinnedReference } from './ids.ts'
import type { PinOptions } from './pin-input.ts'
import { registerVersion } from './record.ts'
import { resolveReference } from './resolve.ts'
import { takeLocal } from './upload.ts'

const ANONYMOUS_ENVIRONMENT = 'CliV2AnonymousEnvironment'

export interface PinnedEnvironment {
  readonly path: string
  readonly environment: ResolvedEnvironment
  readonly used?: AssetKey & { readonly version: string }
}

/** Names an environment: a reference, or an inline one that becomes an anonymous version of its own. */
export async function pinEnvironment(
  ctx: Context,
  given: string | EnvironmentEntity,
  options: PinOptions,
): Promise<PinnedEnvironment> {
  return typeof given === 'string' ? pinNamed(ctx, given, options) : pinInline(ctx, given, options)
}

function pinNamed(ctx: Context, text: string, { notes }: PinOptions): PinnedEnvironment {
  const found = resolveReference(ctx, text, { wanted: { kind: 'environment' }, notes })
  if (found.type !== 'version')
    throw new AmletError({
      code: 'InvalidReference',
      message: `"${text}" names no environment`,
      hint: 'write azureml:<name>:<version>, azureml:<name>@latest, or the environment itself with image and conda_file',
    })
  const { row } = found
  const { kind, name, version, registry } = row
  const entity: EnvironmentEntity = { ...row.entity, name, version }
  const environment = {
    id: idOf(ctx.identity, row, version),
    entity,
    digest: environmentDigest(entity),
  }
  const path = pinnedReference(ctx.identity, row, version)
  return { path, environment, used: { kind, name, version, registry } }
}

async function pinInline(
  ctx: Context,
  given: EnvironmentEntity,
  options: PinOptions,
): Promise<PinnedEnvironment> {
  const entity = await pinBuildContext(ctx, given, options)
  const digest = environmentDigest(entity)
  const key = { kind: 'environment', name: ANONYMOUS_ENVIRONMENT } as const
  const version = digest.slice(0, 32)
  const { name: _name, version: _version, ...content } = entity
  if (options.bytes === 'store')
    registerVersion(ctx.db, {
      ...key,
      version,
      type: 'environment',
      entity: { ...content },
      content: digest,
      anonymous: true,
      createdBy: ctx.user,
      atMs: ctx.now(),
    })
  const id = idOf(ctx.identity, key, version)
  const path = pinnedReference(ctx.identity, key, version)
  const condaSource = recallCondaSource(given.conda_file)
  const named = { ...content, name: key.name, version }
  return { path, environment: { id, entity: named, digest, ...(condaSource && { condaSource }) } }
}

/** A local build context is uploaded; what stands in the entity afterwards is its place. */
export async function pinBuildContext(
  ctx: Context,
  entity: EnvironmentEntity,
  { notes, bytes }: PinOptions,
): Promise<EnvironmentEntity> {
  const { build } = entity
  if (build === undefined || /^[a-z]+:\/\//.test(build.path)) return entity
  const { uri } = await takeLocal(ctx, build.path, { bytes, ignore: 'data', notes })
  return { ...entity, build: { ...build, path: uri } }
}

/** SHA-256 of what a job could notice of its environment: not its name, version, tags or description. */
export function environmentDigest(entity: EnvironmentEntity): string {
  return createHash('sha256').update(environmentIdentity(entity)).digest('hex')
}
