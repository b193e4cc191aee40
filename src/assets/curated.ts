import type { AssetKey } from '../core/asset/kind.ts'
import { AmletError } from '../core/errors.ts'
import type { Selector } from '../core/refs/reference.ts'
import { didYouMean } from '../core/suggest.ts'
import { type AssetVersionRow, getAsset } from '../store/assets.ts'
import type { Context, Notes } from './context.ts'
import { thereAre } from './not-found.ts'

/** The built-in, read-only registry. */
export const BUILT_IN_REGISTRY = 'azureml'
const PREFIX = /^AzureML-/i

export function isCuratedName(key: AssetKey): boolean {
  if (key.registry === BUILT_IN_REGISTRY) return true
  return key.kind === 'environment' && !key.registry && PREFIX.test(key.name)
}

/**
 * A curated environment, by its name in the `azureml` registry or as `AzureML-<name>`; one version of each is
 * known, and another number gives that one with a line. Undefined for a workspace's own name that only
 * looks like one.
 *
 * @throws AmletError `ResourceNotFound`; `OperationNotSupported` for other kinds of asset of that registry.
 */
export function findCurated(
  ctx: Context,
  key: AssetKey,
  { selector, notes }: { readonly selector: Selector; readonly notes: Notes },
): AssetVersionRow | undefined {
  if (key.kind !== 'environment') throw onlyEnvironments(key)
  const name = key.name.replace(PREFIX, '')
  const found = ctx.curated.find(name)
  if (found === undefined) {
    if (key.registry !== BUILT_IN_REGISTRY && getAsset(ctx.db, key) !== undefined) return undefined
    throw unknownCurated(ctx, name)
  }
  const { version } = found
  if (selector.version !== undefined && selector.version !== version)
    notes.substitute(
      `curated environment ${name}:${selector.version} stands for the one known here, version ${version}`,
    )
  const atMs = 0
  return {
    id: 0,
    registry: BUILT_IN_REGISTRY,
    kind: 'environment',
    name,
    version,
    createdMs: atMs,
    modifiedMs: atMs,
    createdBy: 'amlet',
    type: 'environment',
    uri: null,
    content: `${name}:${version}`,
    entity: { ...found.entity, name, version },
    facts: {},
    description: found.entity.description ?? null,
    tags: {},
    properties: {},
    stage: null,
    archived: false,
    job: null,
    output: null,
  }
}

function unknownCurated(ctx: Context, name: string): AmletError {
  const names = ctx.curated.list()
  const near = didYouMean(name, names)
  return new AmletError({
    code: 'ResourceNotFound',
    message: `there is no curated environment ${name}`,
    hint: `${near === undefined ? '' : `${near} `}${thereAre(names)}`,
  })
}

function onlyEnvironments(key: AssetKey): AmletError {
  return new AmletError({
    code: 'OperationNotSupported',
    message: `${key.kind} ${key.name} of registry ${BUILT_IN_REGISTRY} is not available here; of that registry only environments are`,
    hint: `register your own: amlet ${key.kind} create -n ${key.name} -f <file>`,
  })
}
