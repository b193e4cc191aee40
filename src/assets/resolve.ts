import type { AssetKey } from '../core/asset/kind.ts'
import type { PathType } from '../core/entity.ts'
import { AmletError } from '../core/errors.ts'
import { parseReference } from '../core/refs/parse.ts'
import {
  type AssetKind,
  COLLECTIONS,
  type Reference,
  type ReferenceKind,
  type Selector,
} from '../core/refs/reference.ts'
import { type AssetVersionRow, getAsset } from '../store/assets.ts'
import type { Context, Notes } from './context.ts'
import { findCurated, isCuratedName } from './curated.ts'
import { findVersion } from './find-version.ts'
import { findLoggedModelPlace, findPlace, type Place } from './places.ts'

/** What a reference stands for. */
export type Resolved =
  | { readonly type: 'version'; readonly row: AssetVersionRow }
  | { readonly type: 'place'; readonly place: Place }
  | { readonly type: 'local'; readonly path: string }
  | { readonly type: 'url'; readonly url: string }

export interface Wanted {
  readonly kind: AssetKind | 'input'
  /** Of an input: decides whether a bare name is a model or data. */
  readonly type?: PathType | undefined
}

/**
 * Resolves any form of reference.
 *
 * @throws AmletError `InvalidReference`, `ResourceNotFound`, `FileNotFound`, `InvalidState`.
 */
export function resolveReference(
  ctx: Context,
  text: string,
  { wanted, notes }: { readonly wanted: Wanted; readonly notes: Notes },
): Resolved {
  const ref = parsed(text, wanted.kind)
  noteOtherWorkspace(ctx, text, { ref, notes })
  switch (ref.type) {
    case 'local':
      return { type: 'local', path: ref.path }
    case 'url':
      return { type: 'url', url: ref.url }
    case 'datastore-path':
    case 'job-output':
    case 'run':
      return { type: 'place', place: findPlace(ctx, ref) }
    case 'registry':
      return version(ctx, { ...keyOf(ref), registry: ref.registry }, { ref, notes })
    case 'arm':
    case 'asset-id':
    case 'workspace-asset':
      return version(ctx, keyOf(ref), { ref, notes })
    case 'mlflow-model':
      if (ref.version === undefined && ref.label === undefined)
        return { type: 'place', place: findLoggedModelPlace(ctx, ref.name) }
      return version(ctx, { kind: 'model', name: ref.name }, { ref, notes })
    case 'asset': {
      const kind = wanted.kind === 'input' ? inputKind(ctx, ref.name, wanted.type) : wanted.kind
      return version(ctx, { kind, name: ref.name }, { ref, notes })
    }
    case 'git':
      throw invalid(
        `"${text}" is a Git address, and those are not read here`,
        'clone it, and give the folder',
      )
    case 'name':
    case 'binding':
      throw invalid(`"${text}" is no reference that can be used here`)
  }
}

function parsed(text: string, kind: ReferenceKind): Reference {
  const ref = parseReference(text, { kind })
  if (ref.type === 'problem') throw invalid(ref.message, ref.hint)
  return ref
}

function invalid(message: string, hint?: string): AmletError {
  return new AmletError({ code: 'InvalidReference', message, hint })
}

function version(
  ctx: Context,
  key: AssetKey,
  { ref, notes }: { readonly ref: Selector; readonly notes: Notes },
): Resolved {
  const row = isCuratedName(key) ? findCurated(ctx, key, { selector: ref, notes }) : undefined
  return { type: 'version', row: row ?? findVersion(ctx, key, ref) }
}

function keyOf(ref: { readonly collection: string; readonly name: string }): AssetKey {
  const kind = COLLECTIONS.get(ref.collection)
  if (
    kind === undefined ||
    kind === 'compute' ||
    kind === 'datastore' ||
    kind === 'job' ||
    kind === 'other'
  )
    throw invalid(`"${ref.collection}/${ref.name}" is no asset`)
  return { kind, name: ref.name }
}

const MODEL_TYPES: ReadonlySet<string> = new Set(['mlflow_model', 'custom_model', 'triton_model'])

/** The type says data or model; where that name is only the other, the other is meant. */
function inputKind(ctx: Context, name: string, type: PathType | undefined): AssetKind {
  const [first, second]: [AssetKind, AssetKind] =
    type !== undefined && MODEL_TYPES.has(type) ? ['model', 'data'] : ['data', 'model']
  const exists = (kind: AssetKind) => getAsset(ctx.db, { kind, name }) !== undefined
  return !exists(first) && exists(second) ? second : first
}

function noteOtherWorkspace(
  ctx: Context,
  text: string,
  { ref, notes }: { readonly ref: Reference; readonly notes: Notes },
): void {
  const other = otherWorkspace(ctx, ref)
  if (other === undefined) return
  notes.substitute(
    `"${text}" names ${other}, which is not known here; it was looked up by name and version in this workspace`,
  )
}

function otherWorkspace(ctx: Context, ref: Reference): string | undefined {
  const { subscriptionId, workspace, workspaceId } = ctx.identity
  if (ref.type === 'asset-id')
    return ref.workspaceId.toLowerCase() === workspaceId
      ? undefined
      : `workspace ${ref.workspaceId}`
  const scope = ref.type === 'arm' ? ref : 'scope' in ref ? ref.scope : undefined
  if (scope === undefined) return undefined
  const isOurs =
    scope.subscription.toLowerCase() === subscriptionId && scope.workspace === workspace
  return isOurs ? undefined : `workspace ${scope.workspace} of subscription ${scope.subscription}`
}
