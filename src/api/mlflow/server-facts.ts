import { type JsonRoute, jsonRoute } from './context.ts'

/** The MLflow whose answers these are. */
export const MLFLOW_VERSION = '3.17.2'

/**
 * What the server can do. Multipart downloads work but are not announced: the client would ask once more for every
 * small file.
 */
export const SERVER_ROUTES: readonly JsonRoute[] = [
  jsonRoute('GET mlflow/server-info', {}, () => ({
    store_type: 'SqlStore',
    workspaces_enabled: false,
    trace_archival_enabled: false,
    multipart_uploads_enabled: true,
    multipart_downloads_enabled: false,
    presigned_upload_run_id_supported: false,
    presigned_upload_model_id_supported: false,
    features_enabled: { gateway: false },
  })),
]
