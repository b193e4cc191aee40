import type { RequestListener } from 'node:http'
import { type AppOptions, createApp } from '../app.ts'
import type { Mlflow } from '../mlflow/surface.ts'
import { pageLinkRoutes } from '../pages/links.ts'
import type { SignIn } from '../pages/sign-in.ts'
import type { Services } from '../services.ts'
import { uploadRoutes } from '../uploads.ts'
import { workspaceRoutes } from './routes.ts'

export interface WorkspaceAppOptions extends Omit<AppOptions, 'routes'> {
  readonly services: Services
  readonly mlflow: Pick<Mlflow, 'routes'>
  readonly signIn: SignIn
}

/** The workspace API, ready to answer. Loaded when its first request comes. */
export function createWorkspaceApp(options: WorkspaceAppOptions): Promise<RequestListener> {
  const { services, mlflow, signIn, ...rest } = options
  const more = [
    ...mlflow.routes,
    ...uploadRoutes(options.uploads),
    ...pageLinkRoutes(services, signIn),
  ]
  return createApp({ routes: workspaceRoutes(services, more), ...rest })
}
