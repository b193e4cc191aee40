import type { IncomingMessage } from 'node:http'
import { invalid, MlflowError } from '../../core/mlflow/errors.ts'
import { parseJson } from '../../core/mlflow/json.ts'

/** A log-batch of 1,000 metrics is 100 kB; a dataset's profile may be 16 MB. */
const MAX_BODY_BYTES = 64 * 1024 * 1024

/**
 * The JSON object of a request. What is absent or no JSON counts as `{}`, and a string that holds JSON is read once
 * more, for very old clients.
 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type'] ?? ''
  const text = await readText(request)
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw invalid(
      type === ''
        ? 'Bad Request. Content-Type header is missing.'
        : "Bad Request. Content-Type must be one of ['application/json'].",
    )
  const body = parseJson(text)
  return typeof body === 'string' ? parseJson(body) : body
}

function readText(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= MAX_BODY_BYTES) chunks.push(chunk)
    })
    request.once('end', () => {
      const [only] = chunks
      if (size > MAX_BODY_BYTES)
        reject(
          new MlflowError(
            'BAD_REQUEST',
            `The body has ${size} bytes; ${MAX_BODY_BYTES} is the most`,
          ),
        )
      else if (only === undefined) resolve('')
      else resolve((chunks.length === 1 ? only : Buffer.concat(chunks)).toString())
    })
    request.once('error', reject)
  })
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined
}
