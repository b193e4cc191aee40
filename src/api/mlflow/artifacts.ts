import { proxiedPath, safeArtifactPath } from '../../core/mlflow/artifact-path.ts'
import { invalid, MlflowError } from '../../core/mlflow/errors.ts'
import { REQUIRED_TEXT, RUN_ID, TEXT } from '../../core/mlflow/fields.ts'
import { getLoggedModel } from '../../store/tracking/logged-models.ts'
import { getRun } from '../../store/tracking/runs.ts'
import type { ArtifactEntry } from './artifact-folder.ts'
import { type Context, type JsonRoute, jsonRoute } from './context.ts'
import { nonEmpty } from './pages.ts'

export const ARTIFACT_ROUTES: readonly JsonRoute[] = [
  jsonRoute(
    'GET mlflow/artifacts/list',
    { run_id: RUN_ID, path: TEXT, page_token: TEXT },
    async ({ run_id, path }, context) => {
      const uri = getRun(context.scope, run_id).artifact_uri
      return { root_uri: uri, files: await listBelow(context, uri, path) }
    },
  ),
  jsonRoute(
    'GET mlflow/logged-models/{model_id}/artifacts/directories',
    { model_id: REQUIRED_TEXT, artifact_directory_path: TEXT, page_token: TEXT },
    async ({ model_id, artifact_directory_path }, context) => {
      const uri = getLoggedModel(context.scope, model_id).artifact_location
      return { root_uri: uri, files: await listBelow(context, uri, artifact_directory_path) }
    },
  ),
  jsonRoute('GET mlflow-artifacts/artifacts', { path: TEXT }, async ({ path = '' }, context) => {
    const entries = await context.artifacts.list(path)
    return { files: nonEmpty(entries.map((entry) => fileInfo(entry, entry.name))) }
  }),
]

/** Path below `mlflow-artifacts:/` of a URI that this server serves. @throws INVALID_PARAMETER_VALUE */
export function servedPath(uri: string): string {
  const path = proxiedPath(uri)
  if (path === undefined)
    throw new MlflowError(
      'NOT_IMPLEMENTED',
      `Artifacts at ${uri} are not kept by this server: read them from there`,
    )
  return path
}

async function listBelow(context: Context, uri: string, path: string | undefined) {
  const below = path === undefined ? '' : safeArtifactPath(path)
  const root = servedPath(uri)
  const entries = await context.artifacts.list(below === '' ? root : `${root}/${below}`)
  const join = (name: string) => (below === '' ? name : `${below}/${name}`)
  return nonEmpty(entries.map((entry) => fileInfo(entry, join(entry.name))))
}

function fileInfo({ isFolder, sizeBytes }: ArtifactEntry, path: string) {
  return { path, is_dir: isFolder, file_size: isFolder ? undefined : sizeBytes }
}

/** Path of a file of a run. @throws RESOURCE_DOES_NOT_EXIST */
export function runFile(context: Context, runId: string | null, path: string | null): string {
  if (runId === null || path === null) throw invalid('Missing value for required parameter')
  const uri = getRun(context.scope, runId).artifact_uri
  return `${servedPath(uri)}/${safeArtifactPath(path)}`
}

export function modelFile(context: Context, modelId: string, path: string | null): string {
  if (path === null) throw invalid("Missing value for required parameter 'artifact_file_path'.")
  const uri = getLoggedModel(context.scope, modelId).artifact_location
  return `${servedPath(uri)}/${safeArtifactPath(path)}`
}
