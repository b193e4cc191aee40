import type { Fields, Message } from '../../core/mlflow/message.ts'
import type { Scope, Tracking } from '../../store/tracking/tracking.ts'
import type { ArtifactFolder } from './artifact-folder.ts'
import type { ModelRegistry } from './model-registry.ts'
import type { RunTexts } from './run-texts.ts'

/** What a MLflow request is answered with: one workspace's part of everything. */
export interface Context {
  readonly tracking: Tracking
  readonly scope: Scope
  readonly texts: RunTexts
  readonly artifacts: ArtifactFolder
  readonly registry: ModelRegistry
  /** Runs of jobs: what a script may change of its job beyond metrics. */
  readonly jobs: JobRuns
  /** Called with the id of a run that has logged metrics, after the commit. */
  readonly onMetrics: (runId: string) => void
  /** Commits `work` with others of this turn, then resolves. */
  write<T>(work: () => T): Promise<T>
}

/** What MLflow may do to jobs. Names are those of jobs, which are the ids of their runs. */
export interface JobRuns {
  setTag(jobName: string, key: string, value: string): void
  deleteTag(jobName: string, key: string): void
  setDisplayName(jobName: string, displayName: string): void
  setArchived(jobName: string, archived: boolean): void
}

/** One operation with a JSON answer; `undefined` answers `{}`. */
export interface JsonRoute {
  readonly method: string
  /** Below `/api/2.0/`; `{name}` matches one segment and fills that field. */
  readonly path: string
  readonly fields: Fields
  readonly run: (message: never, context: Context) => unknown
}

/** A row of the operation table. */
export function jsonRoute<T extends Fields>(
  endpoint: `${'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT'} ${string}`,
  fields: T,
  run: (message: Message<T>, context: Context) => unknown,
): JsonRoute {
  const [method = '', path = ''] = endpoint.split(' ')
  return { method, path, fields, run: run as JsonRoute['run'] }
}
