import type { AssetKind } from '../refs/reference.ts'

/** A name in a workspace (`registry` is '' or absent) or a registry. */
export interface AssetKey {
  readonly kind: AssetKind
  readonly name: string
  readonly registry?: string | undefined
}

/** How amlet says which asset it means: `model taxi:2`, `data rides in registry team`. */
export function describeAsset(key: AssetKey, version?: string): string {
  const place = key.registry ? ` in registry ${key.registry}` : ''
  return `${key.kind} ${key.name}${version === undefined ? '' : `:${version}`}${place}`
}
