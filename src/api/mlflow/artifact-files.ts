/** Bytes of artifacts in and out, streamed: nothing is held whole unless it is small. */
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, join } from 'node:path'
import { mediaTypeOf } from '../../core/mlflow/artifact-path.ts'
import { invalid, MlflowError } from '../../core/mlflow/errors.ts'
import { sendBody, writeBody } from './artifact-bytes.ts'
import { type ArtifactFolder, noArtifact } from './artifact-folder.ts'

/** Below this size a file is read and written at once, and sent with its head in one write. */
const SMALL_BYTES = 64 * 1024

/** Stores a request's body as `path`: whole, by rename, or not at all. */
export async function receiveFile(
  artifacts: ArtifactFolder,
  path: string,
  request: IncomingMessage,
): Promise<void> {
  const target = artifacts.writable(path)
  mkdirSync(artifacts.uploads, { recursive: true })
  const growing = join(artifacts.uploads, randomUUID())
  try {
    if (Number(request.headers['content-length'] ?? SMALL_BYTES) < SMALL_BYTES)
      // A few system calls; a round trip through the thread pool for each would cost more.
      writeFileSync(growing, await readWhole(request))
    else await writeBody(request, growing)
    renameSync(growing, target)
  } catch (cause) {
    rmSync(growing, { force: true })
    throw cannotStore(path, cause)
  }
}

async function readWhole(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

export function cannotStore(path: string, cause: unknown): MlflowError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'error'
  if (code === 'EISDIR' || code === 'ENOTEMPTY')
    return new MlflowError('BAD_REQUEST', `${path} is a folder already`, { cause })
  if (code === 'ENAMETOOLONG') return invalid('Invalid path')
  return new MlflowError('INTERNAL_ERROR', `${path} could not be stored: ${code}`, { cause })
}

function statOf(local: string): Stats | undefined {
  try {
    return statSync(local)
  } catch {
    return undefined
  }
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
  const stats = statOf(local)
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
  else if (end - start < SMALL_BYTES) response.end(readPart(local, { start, end }))
  else await sendBody(response, local, { start, end })
}

function readPart(local: string, { start, end }: Range): Buffer {
  const file = openSync(local, 'r')
  try {
    const buffer = Buffer.allocUnsafe(end - start + 1)
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, start))
  } finally {
    closeSync(file)
  }
}

function headersOf(name: string, stats: Stats) {
  const ascii = name.replaceAll(/[^\x20-\x7e]|["\\]/g, '_')
  const encoded = encodeURIComponent(name).replaceAll("'", '%27')
  const isToken = /^[\w!#$%&'*+.^`|~-]+$/.test(name)
  const star = ascii === name ? '' : `; filename*=UTF-8''${encoded}`
  return {
    'content-type': mediaTypeOf(name),
    'content-disposition': `attachment; filename=${isToken ? name : `"${ascii}"`}${star}`,
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
