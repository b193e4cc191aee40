import type { ReadProgress, ServerStatus } from '../../core/wire.ts'
import type { Trouble } from '../../engine/loop.ts'
import { countOpenJobs } from '../../store/job-views.ts'
import { NdjsonAnswer, type Route, route } from '../route.ts'
import type { Services } from '../services.ts'
import { API_VERSION } from '../surfaces.ts'

/** Operations on the server itself. */
export function serverRoutes(services: Services): Route[] {
  return [
    route({
      method: 'GET',
      path: '/server',
      summary: 'How the server is: process, address, load',
      handler: () => readStatus(services),
    }),
    route({
      method: 'GET',
      path: '/progress/{name}',
      summary: 'How much of its files a running request has read, by the name that it gave',
      handler: ({ params }): ReadProgress => {
        const state = services.reads.find(params['name'] ?? '')?.read()
        const { files = 0, bytes = 0, totalFiles = 0, totalBytes = 0 } = state ?? {}
        return { files, bytes, total_files: totalFiles, total_bytes: totalBytes }
      },
    }),
    route({
      method: 'POST',
      path: '/server/stop',
      summary: 'Stops the server; the answer ends when it has stopped. Running jobs go on',
      handler: () => new NdjsonAnswer(stopping(services)),
    }),
  ]
}

async function readStatus({ db, engine, identity, info, server }: Services): Promise<ServerStatus> {
  return {
    ...info,
    subscription_id: identity.subscriptionId,
    resource_group: identity.resourceGroup,
    workspace: identity.workspace,
    api_version: API_VERSION,
    uptime_seconds: Math.round(process.uptime()),
    memory_bytes: process.memoryUsage.rss(),
    jobs: countOpenJobs(db),
    trouble: engine.trouble && troubleText(engine.trouble, info.home),
    ...(await server.status()),
  }
}

/** What a person does about a database that cannot be written. */
export function troubleText({ message, sinceMs }: Trouble, home: string): string {
  const since = new Date(sinceMs).toISOString().slice(0, 19)
  return `nothing can be recorded since ${since}Z (${message}), so jobs stand still; has the disk of ${home} room?`
}

async function* stopping({ info, server }: Services): AsyncGenerator<unknown> {
  yield { type: 'stopping', pid: info.pid }
  // Once this line has left: stopping cuts every connection.
  setImmediate(() => server.stop())
  // The connection ends with the server, which is what the caller waits for.
  await new Promise(() => {})
}
