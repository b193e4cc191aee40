import type { Fields, Message } from '../../core/mlflow/message.ts'
import { getActiveRun, type RunRow } from '../../store/tracking/runs.ts'
import type { Scope, Tracking } from '../../store/tracking/tracking.ts'
import type { Access } from './access.ts'
import type { ArtifactFolder } from './artifact-folder.ts'
import type { ModelRegistry } from './model-registry.ts'
import type { RunTexts } from './run-texts.ts'

/** What a question is answered from that changes nothing: the server's thread has it, and the reading thread. */
export interface ReadContext {
  readonly scope: Scope
  readonly texts: RunTexts
  readonly registry: ModelRegistry
}

/** What a MLflow request is answered with: one workspace's part of everything. */
export interface Context extends ReadContext {
  readonly tracking: Tracking
  readonly artifacts: ArtifactFolder
  /** What this request may change. */
  readonly access: Access
  /** Runs of jobs: what a script may change of its job beyond metrics. */
  readonly jobs: JobRuns
  /** Called with the id of a run that has logged metrics, after the commit. */
  readonly onMetrics: (runId: string) => void
  /** Commits `work` with others of this turn, then resolves. */
  write<T>(work: () => T): Promise<T>
}

/** A run that this request may write to. @throws INVALID_PARAMETER_VALUE when it is deleted, PERMISSION_DENIED */
export function writableRun({ scope, access }: Context, runId: string): RunRow {
  const run = getActiveRun(scope, runId)
  access.checkRun(scope, run)
  return run
}

/** What MLflow may do to jobs. Names are those of jobs, which are the ids of their runs. */
export interface JobRuns {
  /** Sets tags; null removes one. */
  changeTags(jobName: string, changes: ReadonlyMap<string, string | null>): void
  setDisplayName(jobName: string, displayName: string): void
  setArchived(jobNames: readonly string[], archived: boolean): void
}

/** One operation with a JSON answer; `undefined` answers `{}`. */
export interface JsonRoute {
  readonly method: string
  /** Below `/api/2.0/`; `{name}` matches one segment and fills that field. */
  readonly path: string
  readonly fields: Fields
  readonly run: (message: never, context: Context) => unknown
  /** Only of questions that may take long: whether this one is short. Long ones are answered on the reading thread. */
  readonly isShort?: (message: never, context: ReadContext) => boolean
}

/** A question whose answer may take long. */
export interface ReadRoute extends JsonRoute {
  readonly run: (message: never, context: ReadContext) => unknown
  readonly isShort: (message: never, context: ReadContext) => boolean
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

/** A row of the operation table for a question that may take long. */
export function readRoute<T extends Fields>(
  endpoint: `${'GET' | 'POST'} ${string}`,
  fields: T,
  {
    run,
    isShort,
  }: {
    readonly run: (message: Message<T>, context: ReadContext) => unknown
    readonly isShort: (message: Message<T>, context: ReadContext) => boolean
  },
): ReadRoute {
  return { ...jsonRoute(endpoint, fields, run), run, isShort } as ReadRoute
}

/** Names a route where only its data can travel. */
export function endpointOf({ method, path }: Pick<JsonRoute, 'method' | 'path'>): string {
  return `${method} ${path}`
}
