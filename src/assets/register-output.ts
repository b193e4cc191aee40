import { basename } from 'node:path'
import { checkAssetName } from '../core/asset/names.ts'
import { MODEL_TYPES } from '../core/entity.ts'
import { AmletError, throwOnErrors } from '../core/errors.ts'
import { type AssetFacts, type AssetVersionRow, listAssetsMadeBy } from '../store/assets.ts'
import type { Db } from '../store/db.ts'
import { workspaceIdentity } from '../store/settings.ts'
import { placeOfUri } from './bytes.ts'
import type { Context } from './context.ts'
import { idOf } from './ids.ts'
import { findModelRoot } from './model-layout.ts'
import { registerVersion } from './record.ts'

export interface OutputRegistration {
  readonly name: string
  /** Absent: the next number. */
  readonly version?: string | undefined
  readonly type: string
  /** `azureml://datastores/<ds>/paths/<p>` of the finished output. */
  readonly uri: string
  /** The job and its output. */
  readonly job: string
  readonly output: string
  readonly atMs: number
}

/**
 * Registers a finished output as data or model. Synchronous, to be called inside the transaction that makes
 * the job Completed. The same job and output again give the same version.
 *
 * @throws AmletError `InvalidValue` for an MLflow model without `MLmodel`, `AssetExists`.
 */
export function registerOutput(
  ctx: Context,
  db: Db,
  given: OutputRegistration,
): { readonly name: string; readonly version: string; readonly id: string } {
  const { name, version, type, job, output } = given
  const kind = MODEL_TYPES.some((model) => model === type) ? 'model' : 'data'
  throwOnErrors(checkAssetName(kind, name, version))
  const before = listAssetsMadeBy(db, job).find((made) => {
    return made.kind === kind && made.name === name && made.output === output
  })
  if (before !== undefined) return registered(db, before)
  const { localPath, isFile, uri: base } = placeOfUri(ctx, given.uri)
  const below = type === 'mlflow_model' ? modelRoot(given, localPath) : ''
  const uri = below === '' ? base : `${base}/${below}`
  const facts: AssetFacts = {
    isFile,
    ...(kind === 'model' && isFile ? { singleFile: basename(localPath) } : {}),
  }
  const { row } = registerVersion(db, {
    ...{ kind, name, version, type, uri, facts, job, output },
    entity: { type, path: uri },
    content: JSON.stringify([type, uri]),
    createdBy: ctx.user,
    atMs: given.atMs,
  })
  return registered(db, row)
}

function registered(db: Db, row: AssetVersionRow) {
  const id = idOf(workspaceIdentity(db), row, row.version)
  return { name: row.name, version: row.version, id }
}

function modelRoot({ output, name }: OutputRegistration, localPath: string): string {
  try {
    return findModelRoot(localPath)
  } catch (error) {
    if (!(error instanceof AmletError)) throw error
    const [first, ...rest] = error.diagnostics
    const message = `output "${output}" cannot be registered as model ${name}: ${first.message}`
    throw new AmletError({ ...first, message }, rest)
  }
}
