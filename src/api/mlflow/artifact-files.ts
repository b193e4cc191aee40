/** Bytes of artifacts in and out, streamed: nothing is held whole unless it is small. */
import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, type Stats } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { mediaTypeOf } from '../../core/mlflow/artifact-path.ts'
import { MlflowError } from '../../core/mlflow/errors.ts'
import { type ArtifactFolder, noArtifact } from './artifact-folder.ts'

const CHUNK_BYTES = 1024 * 1024
/** Up to this size a file is sent with its head in one write. */
const SMALL_BYTES = 64 * 1024

/** Stores a request's body as `path`: whole, by rename, or not at all. */
export async function receiveFile(
  artifacts: ArtifactFolder,
  path: string,
  request: IncomingMessage,
): Promise<void> {
  const target = await artifacts.writable(path)
  await mkdir(artifacts.uploads, { recursive: true })
  const growing = join(artifacts.uploads, randomUUID())
  try {
    await pipeline(request, createWriteStream(growing, { highWaterMark: CHUNK_BYTES }))
    await rename(growing, target)
  } catch (cause) {
    await rm(growing, { force: true })
    throw cannotStore(path, cause)
  }
}

export function cannotStore(path: string, cause: unknown): MlflowError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'error'
  if (code === 'EISDIR' || code === 'ENOTEMPTY')
    return new MlflowError('BAD_REQUEST', `${path} is a folder already`, { cause })
  return new MlflowError('INTERNAL_ERROR', `${path} could not be stored: ${code}`, { cause })
}

interface Range {
  readonly start: number
  readonly end: number
}

/** Answers GET and HEAD with a file: whole, or the part that a Range asks for. */
export async function sendFile(
  artifacts: ArtifactFolder,
  path: string,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const local = artifacts.readable(path)
  const stats = await stat(local).catch(() => undefined)
  if (stats === undefined || !stats.isFile()) throw noArtifact(path)
  const headers = headersOf(basename(path) || basename(local), stats)
  if (request.headers['if-none-match'] === headers.etag) {
    response.writeHead(304, { etag: headers.etag })
    response.end()
    return
  }
  const range = readRange(request.headers.range, stats.size)
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${stats.size}` })
    response.end()
    return
  }
  const { start, end } = range ?? { start: 0, end: stats.size - 1 }
  const part = range && { 'content-range': `bytes ${start}-${end}/${stats.size}` }
  response.writeHead(part === undefined ? 200 : 206, {
    ...headers,
    ...part,
    'content-length': end - start + 1,
  })
  if (request.method === 'HEAD' || end < start) response.end()
  else if (end - start < SMALL_BYTES) response.end(await readPart(local, { start, end }))
  else await pipeline(createReadStream(local, { start, end, highWaterMark: CHUNK_BYTES }), response)
}

async function readPart(local: string, { start, end }: Range): Promise<Buffer> {
  const file = await open(local)
  try {
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.allocUnsafe(end - start + 1),
      position: start,
    })
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function headersOf(name: string, stats: Stats) {
  const ascii = name.replaceAll(/[^\x20-\x7e]|["\\]/g, '_')
  const encoded = encodeURIComponent(name).replaceAll("'", '%27')
  const star = ascii === name ? '' : `; filename*=UTF-8''${encoded}`
  return {
    'content-type': mediaTypeOf(name),
    'content-disposition': `attachment; filename="${ascii}"${star}`,
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
    etag: `"${Math.trunc(stats.mtimeMs).toString(16)}-${stats.size.toString(16)}"`,
    'last-modified': stats.mtime.toUTCString(),
  }
}

/** One range of bytes; several at once are answered with the whole file, as the standard allows. */
function readRange(header: string | undefined, size: number): Range | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null) return undefined
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return start > end || start >= size ? 'unsatisfiable' : { start, end }
}
