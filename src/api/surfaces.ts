import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { AmletError } from '../core/errors.ts'
import { toErrorBody } from './errors.ts'
import { admit } from './security.ts'
import type { Caller, TokenKeys } from './tokens.ts'

/** The version of the workspace API: `/api/v1/…`, and `/api/…` for short. */
export const API_VERSION = '1'

/** Time for a whole request to arrive, unless it uploads bytes. */
const BODY_TIMEOUT_MS = 30_000
/** Time in which an upload may send nothing. */
const UPLOAD_IDLE_MS = 60_000

/** One HTTP vocabulary of the server, loaded when its first request comes. */
export interface Surface {
  /** Paths that belong to it: `/api/2.0` takes `/api/2.0` and everything below. The longest match wins. */
  readonly prefixes: readonly string[]
  /** Lets in who shows something else than a token, after the checks of host and origin; such a caller is the owner. */
  readonly admit?: (request: IncomingMessage) => boolean
  readonly load: () => Promise<RequestListener>
}

export interface SurfacesOptions {
  readonly surfaces: readonly Surface[]
  readonly keys: TokenKeys
  readonly version: string
  /** Undefined for a server that runs from its sources. */
  readonly build: string | undefined
  readonly onRequest: () => void
  readonly logError: (message: string, error: unknown) => void
  /** Replaces the times that a request has to arrive in. */
  readonly arrivalMs?: number | undefined
}

interface Admitted {
  readonly caller: Caller
  readonly isLocalSocket: boolean
}

/** Admits requests and hands each to its surface. The one door of the server, whatever the vocabulary behind. */
export class Surfaces {
  readonly #options: SurfacesOptions
  readonly #loaded = new Map<Surface, Promise<RequestListener>>()
  readonly #admitted = new WeakMap<IncomingMessage, Admitted>()

  constructor(options: SurfacesOptions) {
    this.#options = options
  }

  /** Who sent a request that this door has let in. */
  readonly callerOf = (raw: IncomingMessage): Admitted => {
    const admitted = this.#admitted.get(raw)
    if (admitted === undefined) throw new Error('a request came in by no door')
    return admitted
  }

  /** The listener for connections of one kind: the unix socket, or TCP. */
  listener(isLocalSocket: boolean): RequestListener {
    return (request, response) => {
      this.#options.onRequest()
      response.setHeader('amlet-version', this.#options.version)
      response.setHeader('amlet-api-version', API_VERSION)
      if (this.#options.build !== undefined) response.setHeader('amlet-build', this.#options.build)
      this.#handle(request, response, isLocalSocket).catch((error: unknown) =>
        this.#refuse(error, request, response),
      )
    }
  }

  async #handle(
    request: IncomingMessage,
    response: ServerResponse,
    isLocalSocket: boolean,
  ): Promise<void> {
    const caller = admit(request.headers, {
      isLocalSocket,
      keys: this.#options.keys,
      isKnown: () => this.#find(request.url ?? '/')?.admit?.(request) ?? false,
    })
    checkApiVersion(request.headers['amlet-api-version'])
    this.#admitted.set(request, { caller, isLocalSocket })
    request.url = (request.url ?? '/').replace(/^\/api\/v1(?=[/?]|$)/, '/api')
    limitArrival(request, response, this.#options.arrivalMs)
    const surface = this.#find(request.url)
    if (surface === undefined) throw nothingThere(request.url)
    const listener = await this.#load(surface)
    listener(request, response)
  }

  #find(url: string): Surface | undefined {
    const path = url.split('?', 1)[0] ?? url
    const isUnder = (prefix: string) =>
      path === prefix || path.startsWith(`${prefix}/`) || prefix === ''
    const matches = this.#options.surfaces.flatMap((surface) =>
      surface.prefixes.filter(isUnder).map((prefix) => ({ surface, prefix })),
    )
    const [best] = matches.toSorted((a, b) => b.prefix.length - a.prefix.length)
    return best?.surface
  }

  #load(surface: Surface): Promise<RequestListener> {
    const loaded = this.#loaded.get(surface) ?? surface.load()
    this.#loaded.set(surface, loaded)
    loaded.catch(() => this.#loaded.delete(surface))
    return loaded
  }

  async #refuse(
    error: unknown,
    { headers: { accept } }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { status, body } = toErrorBody(error)
    if (status >= 500) this.#options.logError('a request could not be handed on', error)
    if (response.headersSent) {
      response.destroy()
      return
    }
    if (isBrowser(accept)) {
      const { sendErrorPage } = await import('./pages/error-page.ts')
      sendErrorPage(response, status, body.error.details)
      return
    }
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      connection: 'close',
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    })
    response.end(JSON.stringify(body))
  }
}

/** Only browsers ask for pages first. */
const isBrowser = (accept = '') => accept.startsWith('text/html')

function nothingThere(url: string): AmletError {
  return new AmletError({
    code: 'ResourceNotFound',
    message: `nothing is served at ${(url.split('?', 1)[0] ?? url).slice(0, 200)}`,
    hint: 'the workspace API is below /api, pages are below /jobs',
  })
}

function checkApiVersion(asked: string | string[] | undefined): void {
  if (asked === undefined || asked === API_VERSION) return
  throw new AmletError({
    code: 'UsageError',
    message: `this server speaks version ${API_VERSION} of the API, not ${String(asked)}`,
    hint: 'update the older of the two',
  })
}

/** Ends a request that does not arrive: a body must be whole in time, an upload must keep moving. */
function limitArrival(
  request: IncomingMessage,
  response: ServerResponse,
  arrivalMs: number | undefined,
): void {
  const { headers, method } = request
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return
  const giveUp = () => {
    if (request.complete) return
    if (!response.headersSent) response.writeHead(408, { connection: 'close' })
    response.end(() => request.destroy())
  }
  if (method === 'PUT') {
    // Of the request and not of its socket, whose own listener would come first and cut the connection unanswered.
    request.setTimeout(arrivalMs ?? UPLOAD_IDLE_MS, giveUp)
    request.once('end', () => {
      if (!response.writableFinished) request.socket.setTimeout(0)
    })
    return
  }
  const timer = setTimeout(giveUp, arrivalMs ?? BODY_TIMEOUT_MS)
  request.once('end', () => clearTimeout(timer))
  request.once('close', () => clearTimeout(timer))
}
