import { mayWrite } from '../../core/mlflow/access.ts'
import { artifactPlace, proxiedPath, safeArtifactPath } from '../../core/mlflow/artifact-path.ts'
import { MlflowError } from '../../core/mlflow/errors.ts'
import type { KeyValue } from '../../store/tracking/experiments.ts'
import { findLoggedModel, type LoggedModelRow } from '../../store/tracking/logged-models.ts'
import { findRun, type RunRow } from '../../store/tracking/runs.ts'
import type { Scope } from '../../store/tracking/tracking.ts'
import type { ModelVersion } from './model-registry.ts'

/** What a request may change. Each check throws PERMISSION_DENIED. */
export interface Access {
  /** What new runs and logged models say of who made them: the top of a job's tree, null for the owner. */
  readonly madeBy: string | null
  checkRun(scope: Scope, run: RunRow): void
  checkModel(scope: Scope, model: LoggedModelRow): void
  /** Registering notes its versions in a tag of the model, whoever made that. */
  checkModelTags(scope: Scope, model: LoggedModelRow, tags: readonly KeyValue[]): void
  checkVersionRemoval(scope: Scope, version: ModelVersion): void
  /** @param path below `mlflow-artifacts:/`. */
  checkFile(scope: Scope, path: string): void
  /** What belongs to everybody: experiments as a whole, names of registered models. */
  checkShared(what: string): void
}

const allowed = () => {}

/** The owner of the home may do everything. */
export const OWNER_ACCESS: Access = {
  madeBy: null,
  checkRun: allowed,
  checkModel: allowed,
  checkModelTags: allowed,
  checkVersionRemoval: allowed,
  checkFile: allowed,
  checkShared: allowed,
}

/** Another attempt runs in its place. */
export function attemptIsOver(job: string): MlflowError {
  return new MlflowError(
    'PERMISSION_DENIED',
    `This attempt of job ${job} is over and another one counts: what it writes is not kept.`,
  )
}

const MODEL_VERSIONS_TAG = 'mlflow.modelVersions'

/** A process of a job changes what its own submission made, and registers models; it reads everything. */
export class JobAccess implements Access {
  readonly madeBy: string
  readonly #job: string
  readonly #rootOf: (job: string) => string

  /** @param rootOf the top of a job's tree. */
  constructor(job: string, rootOf: (job: string) => string) {
    this.#job = job
    this.#rootOf = rootOf
    this.madeBy = rootOf(job)
  }

  checkRun(_scope: Scope, run: RunRow): void {
    if (run.run_id === this.#job || this.#isOurs(run)) return
    throw this.#denied(`change run ${run.run_id}, which another submission made`)
  }

  checkModel(scope: Scope, model: LoggedModelRow): void {
    if (this.#isOurModel(scope, model)) return
    throw this.#denied(`change logged model ${model.model_id}, which another submission made`)
  }

  checkModelTags(scope: Scope, model: LoggedModelRow, tags: readonly KeyValue[]): void {
    if (tags.some(({ key }) => key !== MODEL_VERSIONS_TAG)) this.checkModel(scope, model)
  }

  checkVersionRemoval(scope: Scope, { name, version, runId }: ModelVersion): void {
    const run = runId === '' ? undefined : findRun(scope, runId)
    if (run !== undefined && this.#isOurs(run)) return
    throw this.#denied(`delete version ${version} of model ${name}, which another submission made`)
  }

  checkFile(scope: Scope, path: string): void {
    const safe = safeArtifactPath(path)
    const place = artifactPlace(safe)
    if (place.of === 'run') {
      const run = findRun(scope, place.id)
      if (run !== undefined && this.#isOurs(run)) return
    } else if (place.of === 'model') {
      const model = findLoggedModel(scope, place.id)
      if (model !== undefined && this.#isOurModel(scope, model)) return
    } else if (this.#isInOurs(scope, safe)) return
    throw this.#denied(`write ${safe}, which is no file of a run that its submission made`)
  }

  checkShared(what: string): void {
    throw this.#denied(what)
  }

  #isOurs(run: RunRow): boolean {
    return mayWrite(
      this.madeBy,
      run.is_job === 1
        ? { type: 'job', root: this.#rootOf(run.run_id) }
        : { type: 'request', root: run.made_by },
    )
  }

  #isOurModel(scope: Scope, model: LoggedModelRow): boolean {
    if (mayWrite(this.madeBy, { type: 'request', root: model.made_by })) return true
    const run = model.source_run_id === null ? undefined : findRun(scope, model.source_run_id)
    return run !== undefined && this.#isOurs(run)
  }

  /** In an experiment with an artifact location of its own: `anything/<run>/artifacts/…`. */
  #isInOurs(scope: Scope, path: string): boolean {
    const parts = path.split('/')
    const ids = parts.filter((_, place) => parts[place + 1] === 'artifacts')
    const isBelow = (uri: string) => path.startsWith(`${proxiedPath(uri)}/`)
    return ids.some((id) => {
      const run = findRun(scope, id)
      if (run !== undefined) return isBelow(run.artifact_uri) && this.#isOurs(run)
      const model = findLoggedModel(scope, id)
      return (
        model !== undefined && isBelow(model.artifact_location) && this.#isOurModel(scope, model)
      )
    })
  }

  #denied(what: string): MlflowError {
    return new MlflowError(
      'PERMISSION_DENIED',
      `Job ${this.#job} may not ${what}. A job writes to the runs of its own submission; the owner's token may change the rest.`,
    )
  }
}
