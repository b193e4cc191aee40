import type { IncomingMessage } from 'node:http'
import type { Db } from '../../store/db.ts'
import { getCurrentAttempt } from '../../store/job-views.ts'
import { ensureExperiment } from '../../store/tracking/experiments.ts'
import { Tracking } from '../../store/tracking/tracking.ts'
import type { Route } from '../route.ts'
import type { Surface } from '../surfaces.ts'
import type { AskingAttempt } from '../tokens.ts'
import { endpointOf } from './context.ts'
import { JOB_HISTORY, JobMetrics, metricRoutes } from './job-metrics.ts'
import { JobProjection } from './job-projection.ts'
import { ReadThread } from './read-thread.ts'

export interface MlflowHome {
  /** amlet.db. */
  readonly db: Db
  /** Absolute path of amlet.db. */
  readonly dbFile: string
  /** Absolute path of metrics.db. */
  readonly metricsDb: string
  /** Absolute path of the home. */
  readonly root: string
  /** Name of the home's workspace. */
  readonly workspace: string
  /** Name of the user that the server runs as. */
  readonly owner: string
  /** Called when a script changed something of a job, after the commit. */
  readonly onJobChanged: () => void
  /** Called when a run has logged metrics, after the commit. */
  readonly onMetrics: (runId: string) => void
  /** The job whose process sent a request; undefined when the owner did. */
  readonly jobOf: (request: IncomingMessage) => AskingAttempt | undefined
  readonly logError: (message: string, error: unknown) => void
}

/** MLflow in one home: what the server mounts, and what the rest of amlet asks it. */
export interface Mlflow {
  readonly surface: Surface
  /** Operations of the workspace API: metrics of jobs. */
  readonly routes: readonly Route[]
  readonly metrics: JobMetrics
  /** Id of an experiment, which is made when it is new: for the variables of a job's process. */
  experimentIdOf(name: string): string
  close(): void
}

/** Paths that belong to MLflow. */
const PREFIXES = [
  '/mlflow',
  '/api/2.0',
  '/api/2.11',
  '/api/3.0',
  '/ajax-api',
  '/health',
  '/version',
  '/graphql',
  '/get-artifact',
  '/model-versions',
  '/v1/traces',
]

/** Opens the metrics of a home. The listener itself is loaded when its first request comes. */
export function openMlflow(home: MlflowHome): Mlflow {
  const { db, workspace, owner, logError } = home
  const tracking = new Tracking(home.metricsDb)
  const scope = tracking.scope(workspace)
  const jobs = new JobProjection({ db, scope, owner, onJobChanged: home.onJobChanged })
  const metrics = new JobMetrics(scope)
  const { dbFile, metricsDb, root } = home
  const reads = new ReadThread({ db: dbFile, metricsDb, root, workspace, owner })
  tracking.onTouched((runNo) => reads.noteWritten(runNo))
  const load = async () => {
    const [{ createMlflowListener }, { artifactRoot, openRegistry }] = await Promise.all([
      import('./listener.ts'),
      import('./home-registry.ts'),
    ])
    return createMlflowListener({
      tracking,
      reads,
      defaultWorkspace: workspace,
      artifactRoot: (name) => artifactRoot(home, name),
      registry: (name) => openRegistry(home, name),
      jobOf: home.jobOf,
      rootOf: (job) => jobs.rootOf(job),
      currentAttemptOf: (job) => getCurrentAttempt(db, job),
      jobs,
      refreshJobs: () => jobs.refresh(),
      onMetrics: home.onMetrics,
      logError,
    })
  }
  return {
    surface: { prefixes: PREFIXES, load },
    routes: metricRoutes(db, metrics, (message) =>
      reads.ask({ endpoint: endpointOf(JOB_HISTORY), workspace, message }),
    ),
    metrics,
    experimentIdOf: (name) =>
      String(tracking.db.transaction(() => ensureExperiment(scope, name)).experiment_id),
    close: () => {
      reads.close()
      tracking.close()
    },
  }
}
