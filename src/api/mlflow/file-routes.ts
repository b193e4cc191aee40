import { basename } from 'node:path'
import { safeArtifactPath } from '../../core/mlflow/artifact-path.ts'
import { invalid, MlflowError } from '../../core/mlflow/errors.ts'
import { INT, REQUIRED_TEXT, TEXT } from '../../core/mlflow/fields.ts'
import { toJson } from '../../core/mlflow/json.ts'
import { readMessage } from '../../core/mlflow/message.ts'
import { receiveFile, sendFile } from './artifact-files.ts'
import { modelFile, runFile, servedPath } from './artifacts.ts'
import type { Context } from './context.ts'
import { type Exchange, sendJson } from './exchange.ts'
import { downloadUri } from './model-versions.ts'
import { abortUpload, completeUpload, receivePart, startUpload } from './multipart.ts'
import { hasBody, readJsonBody } from './request-body.ts'

const ARTIFACTS = 'mlflow-artifacts/artifacts/'
const MODEL_FILE = /^mlflow\/logged-models\/([^/]+)\/artifacts\/files$/
const MULTIPART = /^mlflow-artifacts\/mpu\/(create|complete|abort)\/(.*)$/
const PART = /^mlflow-artifacts\/mpu\/part\/([^/]+)\/(\d+)$/

/** Answers the operations whose bodies are bytes, and uploads in parts. False for all others. */
export async function handleFiles(context: Context, exchange: Exchange): Promise<boolean> {
  const { operation } = exchange.address
  if (operation.startsWith(ARTIFACTS)) {
    await artifact(context, operation.slice(ARTIFACTS.length), exchange)
    return true
  }
  if (!operation.startsWith('mlflow') && !operation.includes('artifact')) return false
  const download = downloadPath(context, exchange)
  if (download !== undefined) {
    await sendFile(context.artifacts, download, exchange)
    return true
  }
  return (await upload(context, exchange)) || multipart(context, exchange)
}

async function artifact(context: Context, path: string, exchange: Exchange): Promise<void> {
  const { request, response } = exchange
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return sendFile(context.artifacts, path, exchange)
    case 'PUT':
      context.access.checkFile(context.scope, path)
      await receiveFile(context.artifacts, path, request)
      return sendJson(response, 200, '')
    case 'DELETE':
      context.access.checkFile(context.scope, path)
      await context.artifacts.remove(path)
      return sendJson(response, 200, '{}')
    default:
      throw new MlflowError(
        'ENDPOINT_NOT_FOUND',
        `${request.method} is not an operation of artifacts`,
      )
  }
}

/** The file that one of the pages' download links means. */
function downloadPath(context: Context, { request, address, query }: Exchange): string | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
  const { operation } = address
  if (operation === '/get-artifact')
    return runFile(context, query.get('run_id') ?? query.get('run_uuid'), query.get('path'))
  if (operation === '/model-versions/get-artifact') {
    const path = safeArtifactPath(query.get('path') ?? '')
    const uri = downloadUri(context, query.get('name') ?? '', query.get('version') ?? '')
    return `${servedPath(uri)}/${path}`
  }
  const [, modelId] = MODEL_FILE.exec(operation) ?? []
  return modelId === undefined
    ? undefined
    : modelFile(context, modelId, query.get('artifact_file_path'))
}

async function upload(context: Context, { request, response, address, query }: Exchange) {
  if (address.operation !== 'mlflow/upload-artifact' || request.method !== 'POST') return false
  const run = query.get('run_uuid') ?? query.get('run_id')
  if (!run) throw invalid('Request must specify run_uuid.')
  const name = query.get('path')
  if (!name) throw invalid('Request must specify path.')
  const path = runFile(context, run, name)
  if (!hasBody(request)) throw invalid('Request must specify data.')
  context.access.checkFile(context.scope, path)
  if (Number(request.headers['content-length'] ?? 0) > 10 * 1024 * 1024)
    throw invalid('Artifact size is too large. Max size is 10MB.')
  await receiveFile(context.artifacts, path, request)
  sendJson(response, 200, '{}')
  return true
}

const MULTIPART_FIELDS = {
  path: REQUIRED_TEXT,
  num_parts: INT,
  upload_id: TEXT,
  parts: { type: 'object', many: true, fields: { part_number: INT, etag: TEXT, url: TEXT } },
} as const

async function multipart(context: Context, exchange: Exchange): Promise<boolean> {
  const { request, response, address } = exchange
  const { artifacts } = context
  const [, uploadPart, part] = PART.exec(address.operation) ?? []
  if (uploadPart !== undefined && request.method === 'PUT') {
    const target = { uploadId: uploadPart, part: Number(part) }
    response.setHeader('etag', await receivePart(artifacts, target, request))
    sendJson(response, 200, '{}')
    return true
  }
  const presigned = 'mlflow-artifacts/presigned/'
  if (address.operation.startsWith(presigned) && request.method === 'GET') {
    sendJson(
      response,
      200,
      toJson(await directDownload(exchange, address.operation.slice(presigned.length), context)),
    )
    return true
  }
  const [, action, folder = ''] = MULTIPART.exec(address.operation) ?? []
  if (action === undefined || request.method !== 'POST') return false
  const message = readMessage(MULTIPART_FIELDS, await readJsonBody(request))
  const path = [folder.replace(/\/+$/, ''), basename(message.path)].filter(Boolean).join('/')
  context.access.checkFile(context.scope, path)
  const uploadId = message.upload_id ?? ''
  let answer: unknown = {}
  if (action === 'create') {
    const count = message.num_parts ?? 1
    const access = { base: baseOf(exchange), headers: authorization(exchange) }
    answer = await startUpload(artifacts, { path, count, ...access })
  } else if (action === 'abort') await abortUpload(artifacts, uploadId)
  else {
    const parts = message.parts.map(({ part_number = 0 }) => part_number)
    await completeUpload(artifacts, { path, uploadId, parts })
  }
  sendJson(response, 200, toJson(answer))
  return true
}

/** An address at which ranges of a file can be read: this server's own. */
async function directDownload(exchange: Exchange, path: string, { artifacts }: Context) {
  const size = await artifacts.sizeOf(path)
  return {
    url: `${baseOf(exchange)}/mlflow-artifacts/artifacts/${path}`,
    headers: authorization(exchange),
    file_size: size,
  }
}

function baseOf({ request, address }: Exchange): string {
  return `http://${request.headers.host ?? 'localhost'}${address.prefix}/api/2.0`
}

/** Parts are sent without the client's credentials, so they are told to bring those of this request. */
function authorization({ request }: Exchange): Record<string, string> {
  const { authorization: value } = request.headers
  return value === undefined ? {} : { Authorization: value }
}
