import type { Assets } from '../assets/assets.ts'
import type { EnvironmentStore } from '../assets/gc.ts'
import type { RunningReads } from '../assets/running-reads.ts'
import type { Slots } from '../core/compute/sizes.ts'
import type { JobPlan, ReusePart } from '../core/plan/job-plan.ts'
import type { ResolvedEnvironment } from '../core/plan/resolved.ts'
import type { ServerFile, ServerStatus } from '../core/wire.ts'
import type { Engine } from '../engine/engine.ts'
import type { Schedules } from '../engine/schedule/schedules.ts'
import type { Places } from '../storage/outputs.ts'
import type { Db } from '../store/db.ts'
import type { JobRow } from '../store/jobs.ts'
import type { WorkspaceIdentity } from '../store/settings.ts'
import type { JobChanges } from './changes.ts'
import type { JobMetrics } from './mlflow/job-metrics.ts'

/** What the operations of the workspace API stand on; made in `server/build.ts`. */
export interface Services {
  readonly db: Db
  readonly identity: WorkspaceIdentity
  /** Name of the user the server runs as. */
  readonly owner: string
  readonly info: ServerFile
  readonly server: ServerControl
  readonly changes: JobChanges
  readonly assets: Assets
  readonly engine: Engine
  readonly schedules: Schedules
  readonly places: Places
  /** Absolute folder of all run folders. */
  readonly runs: string
  readonly logs: JobLogs
  readonly metrics: JobMetrics
  readonly environments: EnvironmentStore
  /** Whether a job could start in an environment at once. */
  readonly isReady: (environment: ResolvedEnvironment) => Promise<boolean>
  /** What this machine has for jobs. */
  readonly machine: () => Promise<Slots>
  readonly reads: RunningReads
  /**
   * Where and how the last attempt of a job ran.
   *
   * @throws AmletError `InvalidState` for a job that has no process of its own or was not started yet.
   */
  readonly shellFacts: (job: JobRow) => Promise<ShellFacts>
  readonly previewReuse: (plans: readonly JobPlan[]) => ReusePreview
}

interface ReusePreview {
  /** Planned job → the earlier job whose results it would take. */
  readonly reused: ReadonlyMap<string, string>
  /** Planned job → what decides that. */
  readonly parts: ReadonlyMap<string, readonly ReusePart[]>
}

export interface ShellFacts {
  /** Becomes the words put behind it, where the attempt ran: inputs linked again, and as protected as they were. */
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly command: string
}

/** What the API may do to the server itself. */
export interface ServerControl {
  status(): Promise<Pick<ServerStatus, 'protection' | 'protection_kind' | 'executors'>>
  /** Copies the home to an absolute, empty folder. */
  backup(target: string): Promise<object>
  /** Starts stopping; every connection ends when it is done. */
  stop(): void
}

/** The log files of attempts, as they are written. */
export interface JobLogs {
  /** Files of a run folder that have text, by path below it, sorted. */
  list(runDir: string, allFiles: boolean): Promise<readonly string[]>
  /**
   * Text from a byte offset to what is there now, whole characters only; `next` is the offset to go on from, and with
   * `isWhole` there was no more.
   */
  read(
    runDir: string,
    file: string,
    offset: number,
  ): Promise<{ readonly text: string; readonly next: number; readonly isWhole: boolean }>
  /** The last lines, of about `bytes` bytes; `isCut` when there are earlier ones. Nothing of a file that is gone. */
  readEnd(
    runDir: string,
    file: string,
    bytes: number,
  ): Promise<{ readonly text: string; readonly isCut: boolean }>
  /** Calls `onChange` when something in the run folder may have been written. Returns what ends that. */
  watch(runDir: string, onChange: () => void): () => void
}
