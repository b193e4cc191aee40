import { join } from 'node:path'
import { openDatastore } from '../../storage/registry.ts'
import { getDatastore } from '../../store/datastores.ts'
import type { Db } from '../../store/db.ts'
import { AssetRegistry } from './asset-registry.ts'

export interface RegistryHome {
  /** amlet.db. */
  readonly db: Db
  /** Absolute path of the home. */
  readonly root: string
  /** Name of the home's workspace. */
  readonly workspace: string
  /** Who registers. */
  readonly owner: string
}

const ARTIFACT_STORE = 'workspaceartifactstore'

/** The models of one workspace of a home. */
export function openRegistry(home: RegistryHome, workspace: string): AssetRegistry {
  return new AssetRegistry({
    db: home.db,
    registry: workspace === home.workspace ? '' : `workspace:${workspace}`,
    artifactPrefix: folderOf(home, workspace),
    datastorePath: (datastore, path) => datastorePath(home, datastore, path),
    user: home.owner,
  })
}

/** Absolute path of a workspace's artifact datastore. */
export function artifactRoot(home: RegistryHome, workspace: string): string {
  return join(datastorePath(home, ARTIFACT_STORE, '') ?? home.root, folderOf(home, workspace))
}

function folderOf(home: RegistryHome, workspace: string): string {
  return workspace === home.workspace ? '' : `workspaces/${workspace}/`
}

function datastorePath(
  { db, root }: RegistryHome,
  datastore: string,
  path: string,
): string | undefined {
  const row = getDatastore(db, datastore)
  const folder = row?.entity['path']
  const fallback = join('datastores', datastore)
  const record = {
    name: datastore,
    type: row?.type ?? 'local',
    path: typeof folder === 'string' ? folder : fallback,
  }
  try {
    return openDatastore(record, root).resolvePath(path)
  } catch {
    return undefined
  }
}
