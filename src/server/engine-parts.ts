import { hash, randomUUID } from 'node:crypto'
import type { Assets } from '../assets/assets.ts'
import { buildLaunch } from '../compute/launch.ts'
import type { LaunchFacts } from '../compute/launch-variables.ts'
import type { LocalExecutor } from '../compute/local/local-executor.ts'
import type { JobController } from '../engine/controllers.ts'
import type { EngineDeps } from '../engine/deps.ts'
import type { HomePaths } from '../files/home.ts'
import { getCompute } from '../store/computes.ts'
import type { Db } from '../store/db.ts'
import type { EnvironmentBuilds } from './environment-builds.ts'
import type { Log } from './log.ts'

export interface EngineParts {
  readonly home: HomePaths
  readonly db: Db
  readonly assets: Assets
  readonly executor: LocalExecutor
  readonly builds: EnvironmentBuilds
  readonly facts: LaunchFacts
  readonly controllers: ReadonlyMap<string, JobController>
  readonly log: Log
}

/** What the engine needs of everything else, wired to it. */
export function engineDeps(parts: EngineParts): EngineDeps {
  const { home, db, assets, executor, log } = parts
  return {
    db,
    runs: home.runs,
    places: assets.places,
    executorOf: (compute) => executorOf(parts, compute),
    isStopped: (compute) => getCompute(db, compute)?.state === 'Stopped',
    executors: [executor],
    buildLaunch: (request) => buildLaunch(request, parts.facts),
    ensureEnvironment: parts.builds.ensure,
    expectUnchanged: (data) => assets.expectUnchanged(data),
    registerOutput: assets.registerOutput,
    controllers: parts.controllers,
    now: Date.now,
    makeId: randomUUID,
    hash: (text) => hash('sha256', text),
    logError: (message, error) => log.error(message, error),
  }
}

/** A compute nobody defined runs on the default one: the submission has said so. */
function executorOf({ db, assets, executor }: EngineParts, compute: string) {
  const type = getCompute(db, compute)?.type ?? assets.resolveCompute(undefined).type
  return type === executor.type ? executor : undefined
}
