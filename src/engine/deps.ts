import type { Executor, Launch } from '../compute/executor.ts'
import type { LaunchRequest } from '../core/plan/job-plan.ts'
import type { ResolvedData, ResolvedEnvironment } from '../core/plan/resolved.ts'
import type { Places } from '../storage/outputs.ts'
import type { Db } from '../store/db.ts'
import type { JobController } from './controllers.ts'

/** Everything the engine needs from the rest of amlet. Small, so that tests can put their own in. */
export interface EngineDeps {
  readonly db: Db
  /** Absolute folder of all run folders. */
  readonly runs: string
  readonly places: Places
  /** The executor of a compute, by its short name; undefined when there is no such compute. */
  readonly executorOf: (compute: string) => Executor | undefined
  /** Whether somebody has stopped a compute: what runs there goes on, nothing is started. */
  readonly isStopped: (compute: string) => boolean
  /** All executors, each once: adopted from and listened to at start. */
  readonly executors: readonly Executor[]
  readonly buildLaunch: (request: LaunchRequest) => Launch
  /**
   * The variables of an environment, after building it when it is not there. Lines of the build go to `log`.
   * @throws AmletError `EnvironmentBuildFailed`.
   */
  readonly ensureEnvironment: (
    environment: ResolvedEnvironment,
    log: (line: string) => void,
  ) => Promise<Readonly<Record<string, string>>>
  /**
   * Makes sure, right before a start, that data which is used where it stands is still what it was.
   * @throws AmletError `DataChanged`, naming the files.
   */
  readonly expectUnchanged: (data: ResolvedData) => Promise<void>
  /** Records an output as an asset, inside the transaction of its job's success. Throws what fails the job. */
  readonly registerOutput: (db: Db, output: OutputToRegister) => RegisteredOutput
  /** Sweep and parallel jobs, by type. */
  readonly controllers: ReadonlyMap<string, JobController>
  readonly now: () => number
  readonly makeId: () => string
  readonly hash: (text: string) => string
  readonly logError: (message: string, error: unknown) => void
  /** Called at each place where a crash must do no harm. Tests put an end to the process here. */
  readonly checkpoint?: (place: Checkpoint) => void
}

type Checkpoint = 'before commit' | 'after commit' | 'before intent' | 'after intent'

interface OutputToRegister {
  readonly job: string
  readonly output: string
  readonly type: string
  readonly uri: string
  readonly name: string
  readonly version?: string
  readonly atMs: number
}

interface RegisteredOutput {
  readonly id: string
  readonly name: string
  readonly version: string
}

/** Told after every commit. */
export interface JobsChanged {
  /** Names of jobs that changed, each once. */
  readonly jobs: readonly string[]
}
