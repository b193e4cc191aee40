import type { IncomingMessage, RequestOptions } from 'node:http'
import type { NetConnectOpts } from 'node:net'
import { AmletError, type Diagnostic, type ErrorCode } from '../core/errors.ts'
import type { ErrorBody } from '../core/wire.ts'

/** Where a server is: a unix socket of this machine, or an address with a token. */
export type Target =
  | { readonly type: 'socket'; readonly path: string }
  | { readonly type: 'url'; readonly url: string; readonly token: string | undefined }

export interface Call {
  readonly method: string
  /** Path with query. */
  readonly path: string
  readonly body?: unknown
  /** Bytes to send in place of a JSON body. */
  readonly upload?: NodeJS.ReadableStream
  readonly signal?: AbortSignal | undefined
}

/**
 * Sends one request and resolves with a good answer, its body unread.
 *
 * @throws AmletError what the server answered; a plain error with a `code` such as `ECONNREFUSED` when none did.
 */
export async function send(target: Target, call: Call): Promise<IncomingMessage> {
  const response = await exchange(target, call)
  const { statusCode = 500 } = response
  if (statusCode < 400) return response
  throw await explain(toError(statusCode, await readText(response)), response, target)
}

/** How a server refuses what it does not know. */
const UNKNOWN: ReadonlySet<ErrorCode> = new Set(['UsageError', 'OperationNotSupported'])

async function explain(
  error: AmletError,
  { headers }: IncomingMessage,
  { type }: Target,
): Promise<AmletError> {
  const { 'amlet-version': version, 'amlet-build': build } = headers
  if (!UNKNOWN.has(error.code) || version === undefined) return error
  const { explainRefusal } = await import('./other-build.ts')
  return explainRefusal(error, { version: String(version), build: build?.toString() }, type)
}

export async function readText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}

/** The JSON values of an NDJSON answer, as its lines arrive. */
export async function* readLines(response: IncomingMessage): AsyncGenerator<unknown> {
  response.setEncoding('utf8')
  let rest = ''
  for await (const chunk of response) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line)
  }
}

function exchange(target: Target, call: Call): Promise<IncomingMessage> {
  const text = call.body === undefined ? undefined : JSON.stringify(call.body)
  // Not an `import`: that reads every export of the module, its `fetch` classes too, and costs a command 45 ms of CPU.
  const http = process.getBuiltinModule('node:http')
  return new Promise((resolve, reject) => {
    const request = http.request(requestOptions(target, call, text), resolve)
    request.once('error', reject)
    if (call.upload === undefined) {
      request.end(text)
      return
    }
    call.upload.once('error', (error: Error) => request.destroy(error))
    call.upload.pipe(request)
  })
}

function requestOptions(target: Target, call: Call, text: string | undefined): RequestOptions {
  const headers: Record<string, string> = {}
  if (text !== undefined) headers['content-type'] = 'application/json'
  if (text !== undefined) headers['content-length'] = String(Buffer.byteLength(text))
  if (call.upload !== undefined) headers['content-type'] = 'application/octet-stream'
  const common = {
    method: call.method,
    headers,
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  } as const
  if (target.type === 'socket')
    return { ...common, ...connectTo({ path: target.path }), path: call.path }
  const { hostname, port, pathname } = new URL(target.url)
  if (target.token !== undefined) headers['authorization'] = `Bearer ${target.token}`
  const path = `${pathname.replace(/\/$/, '')}${call.path}`
  const host = hostname.replace(/^\[|\]$/g, '')
  const place = { host, port: Number(port || 80) }
  return { ...common, hostname: host, port: place.port, ...connectTo(place), path }
}

/** One connection for one request: an agent, which would keep it for others, takes 3 ms to make. */
function connectTo(place: NetConnectOpts): Pick<RequestOptions, 'createConnection'> {
  const { createConnection } = process.getBuiltinModule('node:net')
  return { createConnection: () => createConnection(place) }
}

function toError(status: number, text: string): AmletError {
  const details = readDetails(text)
  if (details !== undefined) return new AmletError(details[0], details.slice(1))
  return new AmletError({
    code: 'ServerUnavailable',
    message: `the server answered ${status} without saying why: ${text.slice(0, 200)}`,
    hint: 'is AMLET_URL the address of an amlet server?',
  })
}

function readDetails(text: string): readonly [Diagnostic, ...Diagnostic[]] | undefined {
  try {
    const { error } = JSON.parse(text) as ErrorBody
    const [first, ...rest] = error.details
    return first === undefined ? undefined : [first, ...rest]
  } catch {
    return undefined
  }
}
