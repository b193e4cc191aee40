/** MLflow's surface alone on a loopback port: `node host.ts <folder> [port]`. Prints its address as a line. */

import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { openMlflow } from '../../../src/api/mlflow/surface.ts'
import { openHomeDb } from '../../../src/store/open.ts'

const [folder = '.', port = '0'] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
const dbFile = join(folder, 'amlet.db')
const db = openHomeDb(dbFile)
const mlflow = openMlflow({
  db,
  dbFile,
  metricsDb: join(folder, 'metrics.db'),
  root: folder,
  workspace: 'default',
  owner: 'tester',
  onJobChanged: () => {},
  onMetrics: () => {},
  jobOf: () => undefined,
  logError: (message, error) => console.error(message, error),
})
const listener = await mlflow.surface.load()

const server = createServer({ noDelay: true, keepAliveTimeout: 60_000 }, listener)
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
  mlflow.close()
  db.close()
})
