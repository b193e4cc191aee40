import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { AmletError } from '../core/errors.ts'
import type { ServerFile, UploadNeeds } from '../core/wire.ts'
import { type Call, readLines, readText, send, type Target } from './http.ts'

export interface ConnectOptions {
  /** Paths of the home whose server is meant (`homePaths(env)`). */
  readonly home: {
    readonly root: string
    readonly socket: string
    readonly serverJson: string
    readonly serverLog: string
  }
  /** `AMLET_URL` and `AMLET_TOKEN` lead to a server elsewhere. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Starts a server when none answers; else that is an error. */
  readonly autoStart: boolean
  /** Told when a server had to be started. */
  readonly onStarted?: (server: ServerFile) => void
  /** Files of a folder that are to be sent over TCP, relative to it; else all. */
  readonly listFiles?: (folder: string) => Promise<readonly string[]>
}

type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

export interface CallOptions {
  readonly query?: Query
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** Makes a client. Nothing is sent before the first call, and a server that runs costs no extra round trip. */
export function connect(options: ConnectOptions): Client {
  return new Client(options)
}

/** Calls of the workspace API. Every failure is an `AmletError` with the server's diagnostics. */
export class Client {
  readonly #options: ConnectOptions
  #target: Target

  constructor(options: ConnectOptions) {
    this.#options = options
    const { AMLET_URL: url, AMLET_TOKEN: token } = options.env
    this.#target = url
      ? { type: 'url', url: checkUrl(url), token }
      : { type: 'socket', path: options.home.socket }
  }

  /** True when the server reads this machine's files itself, false when they have to be sent. */
  get isLocal(): boolean {
    return this.#target.type === 'socket'
  }

  get<T>(path: string, options: CallOptions = {}): Promise<T> {
    return this.call<T>('GET', path, options)
  }

  post<T>(path: string, body: unknown = {}, options: CallOptions = {}): Promise<T> {
    return this.call<T>('POST', path, { ...options, body })
  }

  put<T>(path: string, body: unknown, options: CallOptions = {}): Promise<T> {
    return this.call<T>('PUT', path, { ...options, body })
  }

  patch<T>(path: string, body: unknown, options: CallOptions = {}): Promise<T> {
    return this.call<T>('PATCH', path, { ...options, body })
  }

  delete<T>(path: string, options: CallOptions = {}): Promise<T> {
    return this.call<T>('DELETE', path, options)
  }

  /** Calls an operation below `/api`; an answer without a body is undefined. */
  async call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const answer = await this.#ask(method, path, options)
    const needs = this.isLocal ? undefined : needsOf(answer)
    if (needs === undefined) return answer as T
    const { Uploads } = await import('./uploads.ts')
    const uploads = new Uploads(
      (hash, bytes) => this.upload(`/uploads/${hash}`, bytes),
      this.#options.listFiles,
    )
    return uploads.answer(needs, async (paths) => {
      const body = { ...(options.body as object), uploads: paths }
      const next = await this.#ask(method, path, { ...options, body })
      const more = needsOf(next)
      return more === undefined ? { value: next as T } : { needs: more }
    })
  }

  async #ask(method: string, path: string, options: CallOptions): Promise<unknown> {
    const text = await readText(await this.#send(method, path, options))
    return text === '' ? undefined : JSON.parse(text)
  }

  /**
   * The values of a streaming operation as they arrive.
   *
   * @throws AmletError `ServerUnavailable` when the server goes away in between; go on from the last cursor.
   */
  async *stream<T>(path: string, options: CallOptions = {}): AsyncGenerator<T> {
    const response = await this.#send('GET', path, options)
    try {
      for await (const value of readLines(response)) yield throwIfError<T>(value)
    } catch (error) {
      throw explain(error)
    }
  }

  /** Stops the server and resolves when its process has let go of the connection. */
  async stopServer(): Promise<void> {
    const response = await this.#send('POST', '/server/stop', { body: {} })
    try {
      for await (const _ of readLines(response));
    } catch {
      // The end of the connection is the answer.
    }
  }

  /** The bytes of a file operation. */
  download(path: string, options: CallOptions = {}): Promise<IncomingMessage> {
    return this.#send('GET', path, options)
  }

  /** Sends bytes, as `PUT`. */
  async upload<T>(path: string, bytes: NodeJS.ReadableStream): Promise<T> {
    const call = { method: 'PUT', path: `/api${path}`, upload: bytes }
    const text = await readText(await send(this.#target, call))
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  async #send(
    method: string,
    path: string,
    { query, body, signal }: CallOptions,
  ): Promise<IncomingMessage> {
    const call: Call = { method, path: `/api${path}${toQuery(query)}`, body, signal }
    try {
      return await send(this.#target, call)
    } catch (error) {
      if (!isUnreachable(error)) throw explain(error)
      this.#target = { type: 'socket', path: await this.#findServer(error) }
    }
    return send(this.#target, call)
  }

  /** The socket of a server that answers: one that listens elsewhere, or a new one. */
  async #findServer(cause: Error): Promise<string> {
    const { home, autoStart, onStarted } = this.#options
    if (this.#target.type === 'url') throw unreachable(this.#target.url, cause)
    const recorded = recordedSocket(home.serverJson)
    if (recorded !== undefined && recorded !== this.#target.path && (await isAnswering(recorded)))
      return recorded
    if (!autoStart) throw notRunning(home.root, cause)
    const { startInBackground } = await import('./start-server.ts')
    const server = await startInBackground(home)
    onStarted?.(server)
    return server.socket
  }
}

/** What the server asks for before it can carry a request out. */
function needsOf(answer: unknown): UploadNeeds | undefined {
  return (answer as { upload_needed?: UploadNeeds } | undefined)?.upload_needed
}

function checkUrl(url: string): string {
  if (/^http:\/\//.test(url) && URL.canParse(url)) return url
  throw new AmletError({
    code: 'UsageError',
    message: `AMLET_URL is "${url}", expected an address such as http://127.0.0.1:5000`,
    hint: 'print it with `amlet server start --print-url`, or unset AMLET_URL',
  })
}

/** Starts with `?` unless empty. Lists repeat their name. */
function toQuery(query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((item) => item !== undefined)
      .map((item) => `${encodeURIComponent(name)}=${encodeURIComponent(String(item))}`),
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

/** An error in the middle of a stream is a line of it. */
function throwIfError<T>(value: unknown): T {
  const line = value as {
    type?: string
    error?: { details: ConstructorParameters<typeof AmletError>[1] }
  }
  if (line.type !== 'error') return value as T
  const [first, ...rest] = line.error?.details ?? []
  throw new AmletError(first ?? { code: 'InternalError', message: 'the stream broke off' }, rest)
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}

/** True when no connection came about, so that nothing can have happened twice by asking again. */
function isUnreachable(error: unknown): error is Error {
  return ['ECONNREFUSED', 'ENOENT', 'ENOTDIR'].includes(codeOf(error))
}

const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'])
const NOT_ALLOWED = new Set(['EACCES', 'EPERM'])

/** A connection that broke, or one this user may not make, in words. Other errors as they are. */
function explain(error: unknown): unknown {
  const code = codeOf(error)
  if (!BROKEN.has(code) && !NOT_ALLOWED.has(code)) return error
  const problem = BROKEN.has(code)
    ? {
        message: 'the server went away before it had answered',
        hint: 'ask again; `amlet server logs` says why it ended',
      }
    : {
        message: "the server's socket belongs to another user",
        hint: 'set AMLET_HOME to a folder of your own, or AMLET_URL and AMLET_TOKEN to their server',
      }
  return new AmletError({ code: 'ServerUnavailable', ...problem }, [], { cause: error })
}

function isAnswering(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = process.getBuiltinModule('node:net').createConnection(socket)
    connection.once('error', () => resolve(false))
    connection.once('connect', () => {
      connection.destroy()
      resolve(true)
    })
  })
}

function recordedSocket(serverJson: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(serverJson, 'utf8')) as ServerFile).socket
  } catch {
    return undefined
  }
}

function unreachable(url: string, cause: Error): AmletError {
  return new AmletError(
    {
      code: 'ServerUnavailable',
      message: `no server answers at ${url}: ${cause.message}`,
      hint: 'start it there, or unset AMLET_URL to use the server of this machine',
    },
    [],
    { cause },
  )
}

function notRunning(root: string, cause: Error): AmletError {
  return new AmletError(
    {
      code: 'ServerUnavailable',
      message: `no server is running for ${root}`,
      hint: 'start it with `amlet server start`',
    },
    [],
    { cause },
  )
}
