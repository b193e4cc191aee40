import { type Route, route } from '../route.ts'
import type { Services } from '../services.ts'
import { findJob } from './find-job.ts'

/** Operations of whoever looks after a home. */
export function maintenanceRoutes(services: Services): Route[] {
  const { db, server, assets } = services
  return [
    route({
      method: 'POST',
      path: '/server/backup',
      summary: 'Copies the home to an empty folder while jobs go on',
      body: { path: { type: 'string', required: true, doc: 'Absolute path of the folder' } },
      handler: ({ body }) => server.backup(body.path),
    }),
    route({
      method: 'POST',
      path: '/server/verify',
      summary: 'Reads everything stored by content again and says what is not what was stored',
      handler: () => assets.verify(),
    }),
    route({
      method: 'POST',
      path: '/gc',
      summary: 'Removes bytes that nothing refers to any more',
      body: { dry_run: { type: 'boolean', doc: 'Says what would go, and removes nothing' } },
      handler: ({ body }) =>
        assets.gc({ dryRun: body.dry_run ?? false, environments: services.environments }),
    }),
    route({
      method: 'GET',
      path: '/jobs/{name}/shell',
      summary: "The folder, variables and command of a job's last attempt, to look around in",
      handler: ({ params }) => services.shellFacts(findJob(db, params['name'] ?? '')),
    }),
  ]
}
