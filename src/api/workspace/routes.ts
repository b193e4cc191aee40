import { describeApi } from '../openapi.ts'
import { type Route, route } from '../route.ts'
import type { Services } from '../services.ts'
import { assetRoutes } from './assets.ts'
import { eventRoutes } from './events.ts'
import { jobCreateRoutes } from './job-create.ts'
import { jobFileRoutes } from './job-files.ts'
import { jobReuseRoutes } from './job-reuse.ts'
import { jobStreamRoutes } from './job-stream.ts'
import { jobRoutes } from './jobs.ts'
import { maintenanceRoutes } from './maintenance.ts'
import { placeRoutes } from './places.ts'
import { scheduleRoutes } from './schedules.ts'
import { serverRoutes } from './server.ts'

/** Every operation of the workspace API; `more` come from other parts of the API. */
export function workspaceRoutes(services: Services, more: readonly Route[]): Route[] {
  const routes: Route[] = [
    ...serverRoutes(services),
    ...eventRoutes(services),
    ...jobRoutes(services),
    ...jobCreateRoutes(services),
    ...jobFileRoutes(services),
    ...jobReuseRoutes(services),
    ...jobStreamRoutes(services),
    ...assetRoutes(services),
    ...placeRoutes(services),
    ...scheduleRoutes(services),
    ...maintenanceRoutes(services),
    ...more,
    route({
      method: 'GET',
      path: '/openapi.json',
      summary: 'This description of the API',
      handler: () => describeApi(routes, services.info.version),
    }),
  ]
  return routes
}
