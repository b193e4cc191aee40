import type { AssetKey } from '../core/asset/kind.ts'
import { armId, assetId, registryId } from '../core/refs/print.ts'
import type { WorkspaceIdentity } from '../store/settings.ts'

/** The ARM id of a version, or its address when it is in a registry. */
export function idOf(identity: WorkspaceIdentity, key: AssetKey, version: string): string {
  const { kind, name, registry } = key
  if (registry) return registryId({ registry, kind, name, version })
  const { subscriptionId: subscription, resourceGroup, workspace } = identity
  return armId({ subscription, resourceGroup, workspace, kind, name, version })
}

/** The Asset ID (`azureml://locations/…`); of a registry's version its address there. */
export function assetIdOf(identity: WorkspaceIdentity, key: AssetKey, version: string): string {
  const { kind, name, registry } = key
  if (registry) return registryId({ registry, kind, name, version })
  const { location, workspaceId } = identity
  return assetId({ location, workspaceId, kind, name, version })
}

/** How a pinned entity names a version: its full id, in a form that every field takes. */
export function pinnedReference(
  identity: WorkspaceIdentity,
  key: AssetKey,
  version: string,
): string {
  const id = idOf(identity, key, version)
  return id.startsWith('azureml:') ? id : `azureml:${id}`
}
