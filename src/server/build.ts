import type { IncomingMessage } from 'node:http'
import { userInfo } from 'node:os'
import { createApp } from '../api/app.ts'
import { JobChanges } from '../api/changes.ts'
import type { Services } from '../api/services.ts'
import type { Surface } from '../api/surfaces.ts'
import type { Caller, TokenKeys } from '../api/tokens.ts'
import { workspaceRoutes } from '../api/workspace/routes.ts'
import type { ServerFile } from '../core/wire.ts'
import type { HomePaths } from '../files/home.ts'
import type { Db } from '../store/db.ts'
import { countOpenJobs } from '../store/job-views.ts'
import { workspaceIdentity } from '../store/settings.ts'
import type { Log } from './log.ts'

export interface BuildOptions {
  readonly home: HomePaths
  readonly db: Db
  readonly keys: TokenKeys
  readonly log: Log
  readonly info: ServerFile
  readonly stop: () => Promise<void>
  readonly callerOf: (raw: IncomingMessage) => {
    readonly caller: Caller
    readonly isLocalSocket: boolean
  }
}

/** Everything a running server is made of, wired together. */
export interface Workspace {
  readonly surfaces: readonly Surface[]
  /** True while something must go on: unfinished jobs, enabled schedules, open streams. */
  isNeeded(): boolean
  /** Ends the engine and closes what it holds; jobs go on. */
  stop(): Promise<void>
}

/** Makes the services of a home and starts its engine. */
export async function buildWorkspace(options: BuildOptions): Promise<Workspace> {
  const { db, log } = options
  const changes = new JobChanges()
  const services: Services = {
    db,
    identity: workspaceIdentity(db),
    owner: userInfo().username,
    info: options.info,
    changes,
    server: {
      status: async () => ({ protection: 'none', executors: {} }),
      stop: () => {
        options.stop().catch((error: unknown) => log.error('stopping failed', error))
      },
    },
  }
  const app = await createApp({
    routes: workspaceRoutes(services),
    callerOf: options.callerOf,
    logError: (message, error) => log.error(message, error),
  })
  return {
    surfaces: [{ prefixes: ['/api'], load: async () => app }],
    isNeeded: () => changes.size > 0 || Object.keys(countOpenJobs(db)).length > 0,
    stop: async () => {},
  }
}
