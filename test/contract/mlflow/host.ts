/** MLflow's surface alone on a loopback port: `node host.ts <folder> [port]`. Prints its address as a line. */

import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { AssetRegistry } from '../../../src/api/mlflow/asset-registry.ts'
import { createMlflowListener } from '../../../src/api/mlflow/listener.ts'
import { openHomeDb } from '../../../src/store/open.ts'
import { Tracking } from '../../../src/store/tracking/tracking.ts'

const [folder = '.', port = '0'] = process.argv.slice(2)
const artifactStore = join(folder, 'datastores', 'workspaceartifactstore')
mkdirSync(artifactStore, { recursive: true })
const db = openHomeDb(join(folder, 'amlet.db'))
const tracking = new Tracking(join(folder, 'metrics.db'))

const below = (workspace: string) => (workspace === 'default' ? '' : `workspaces/${workspace}/`)
const listener = createMlflowListener({
  tracking,
  defaultWorkspace: 'default',
  artifactRoot: (workspace) => join(artifactStore, below(workspace)),
  registry: (workspace) =>
    new AssetRegistry({
      db,
      registry: workspace === 'default' ? '' : `workspace:${workspace}`,
      artifactPrefix: below(workspace),
      datastorePath: (datastore, path) => join(folder, 'datastores', datastore, path),
      user: 'tester',
    }),
  jobs: { setTag: () => {}, deleteTag: () => {}, setDisplayName: () => {} },
  refreshJobs: () => {},
  logError: (message, error) => console.error(message, error),
})

const server = createServer({ noDelay: true, keepAliveTimeout: 60_000 }, listener)
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
  tracking.close()
  db.close()
})
