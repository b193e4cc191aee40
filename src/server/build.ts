import type { IncomingMessage } from 'node:http'
import { userInfo } from 'node:os'
import { JobChanges } from '../api/changes.ts'
import { openMlflow } from '../api/mlflow/surface.ts'
import { SignIn } from '../api/pages/sign-in.ts'
import { pagesSurface } from '../api/pages/surface.ts'
import type { ServerControl, Services } from '../api/services.ts'
import type { Surface } from '../api/surfaces.ts'
import type { Caller, TokenKeys } from '../api/tokens.ts'
import { UploadStore } from '../api/uploads.ts'
import { Assets } from '../assets/assets.ts'
import { RunningReads } from '../assets/running-reads.ts'
import { LocalExecutor } from '../compute/local/local-executor.ts'
import { CURATED_NAMES, curatedEnvironment } from '../core/environment/curated.ts'
import { MACHINE_ENVIRONMENT } from '../core/environment/machine.ts'
import type { ServerFile } from '../core/wire.ts'
import type { JobController } from '../engine/controllers.ts'
import { Engine } from '../engine/engine.ts'
import { findReuse } from '../engine/reuse.ts'
import { Schedules } from '../engine/schedule/schedules.ts'
import { finishSweepOutputs } from '../engine/sweep/finish-outputs.ts'
import { createSweepController } from '../engine/sweep/sweep-controller.ts'
import type { HomePaths } from '../files/home.ts'
import type { Db } from '../store/db.ts'
import { countOpenJobs } from '../store/job-views.ts'
import { nextDueMs } from '../store/schedules.ts'
import { workspaceIdentity } from '../store/settings.ts'
import { engineDeps } from './engine-parts.ts'
import { environmentBuilds } from './environment-builds.ts'
import { environmentStore } from './environment-store.ts'
import { runLogs } from './job-logs.ts'
import { launchFacts } from './launch-facts.ts'
import type { Log } from './log.ts'
import { shellFacts } from './shell-facts.ts'

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

/** Makes the services of a home and starts its engine and its schedules. */
export async function buildWorkspace(options: BuildOptions): Promise<Workspace> {
  const { db, log } = options
  const parts = openParts(options)
  const { changes, assets, builds, mlflow, engine, schedules, services } = parts
  const logError = (message: string, error: unknown) => log.error(message, error)
  const uploads = new UploadStore(options.home.cache)
  const signIn = new SignIn()
  // A third of a start; the server is there before.
  const loadApp = async () => {
    const { createWorkspaceApp } = await import('../api/workspace/app.ts')
    const { callerOf } = options
    return createWorkspaceApp({ services, mlflow, signIn, callerOf, uploads, logError })
  }
  engine.start().catch((error: unknown) => log.error('the engine could not start', error))
  schedules.start()
  uploads.clean(Date.now()).catch((error: unknown) => log.error('old uploads stay', error))
  return {
    surfaces: [
      { prefixes: ['/api'], load: loadApp },
      mlflow.surface,
      pagesSurface(services, signIn),
    ],
    isNeeded: () =>
      changes.size > 0 || nextDueMs(db) !== null || Object.keys(countOpenJobs(db)).length > 0,
    stop: async () => {
      schedules.stop()
      await engine.stop()
      await builds.stop()
      await assets.close()
      mlflow.close()
    },
  }
}

/** Everything that lives as long as the server, in the order in which one needs the other. */
function openParts(options: BuildOptions) {
  const { db, log, home } = options
  const changes = new JobChanges()
  const assets = new Assets({ db, home, curated: CURATED })
  const executor = new LocalExecutor({ home: home.root })
  const identity = workspaceIdentity(db)
  const owner = userInfo().username
  const logError = (message: string, error: unknown) => log.error(message, error)
  const mlflow = openMlflow({
    db,
    dbFile: home.db,
    metricsDb: home.metricsDb,
    root: home.root,
    workspace: identity.workspace,
    owner,
    onJobChanged: () => changes.notify(),
    onMetrics: (run) => engine.noteMetrics(run),
    jobOf: (request) => {
      const { caller } = options.callerOf(request)
      return caller.type === 'job' ? caller : undefined
    },
    logError,
  })
  const { experimentIdOf } = mlflow
  const facts = launchFacts({ identity, keys: options.keys, url: options.info.url, experimentIdOf })
  const controllers = new Map<string, JobController>()
  const builds = environmentBuilds(home.root)
  const deps = engineDeps({ home, db, assets, executor, builds, facts, controllers, log })
  const sweeps = createSweepController({
    db,
    metrics: mlflow.metrics,
    finishOutputs: (plan, best) => finishSweepOutputs(deps, plan, best),
  })
  controllers.set(sweeps.type, sweeps)
  const engine = new Engine(deps)
  engine.subscribe(() => changes.notify())
  const schedules = new Schedules({
    db,
    now: Date.now,
    submit: async (schedule, jobName) => {
      const { submitScheduled } = await import('../api/workspace/submit.ts')
      return submitScheduled(services, schedule, jobName)
    },
    logError,
  })
  const services: Services = {
    ...{ db, identity, owner, changes, assets, engine, schedules },
    info: options.info,
    places: deps.places,
    runs: home.runs,
    logs: runLogs,
    metrics: mlflow.metrics,
    environments: environmentStore(home.root, db),
    isReady: async ({ entity, digest, condaSource }) => {
      if (digest === MACHINE_ENVIRONMENT) return true
      const { isEnvironmentBuilt } = await import('../environments/list.ts')
      return isEnvironmentBuilt(home.root, entity, condaSource)
    },
    machine: () => executor.slots(),
    reads: new RunningReads(),
    shellFacts: async (job) => {
      const { kind: protection } = await executor.protection()
      return await shellFacts(deps, job, { home: home.root, protection })
    },
    previewReuse: (plans) => {
      const { reused, keys } = findReuse(deps, plans, {})
      return {
        reused: new Map([...reused].map(([name, { job }]) => [name, job])),
        parts: new Map([...keys].map(([name, { parts }]) => [name, parts])),
      }
    },
    server: serverControl(options, executor),
  }
  return { changes, assets, builds, mlflow, engine, schedules, services }
}

function serverControl(options: BuildOptions, executor: LocalExecutor): ServerControl {
  const { home, db, log } = options
  return {
    status: () => readStatus(executor),
    backup: async (target) => {
      const { backupHome } = await import('./backup.ts')
      return backupHome({ home, db }, target)
    },
    stop: () => {
      options.stop().catch((error: unknown) => log.error('stopping failed', error))
    },
  }
}

const CURATED = {
  find: (name: string) => {
    const entity = curatedEnvironment(name)
    return entity && { entity, version: entity.version ?? '1' }
  },
  list: () => CURATED_NAMES,
}

/** Asking how the server is starts no worker. */
async function readStatus(executor: LocalExecutor) {
  const idle = { state: 'ok', detail: 'no worker: no job has run since the start' } as const
  const [protection, local] = await Promise.all([
    executor.protection(),
    executor.workerPid === undefined ? idle : executor.probe(),
  ])
  const { kind, detail } = protection
  return { protection: detail, protection_kind: kind, executors: { local } }
}
