import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { IncomingMessage, RequestListener } from 'node:http'
import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { AmletError, type Diagnostic } from '../core/errors.ts'
import type { UploadedPaths } from '../core/wire.ts'
import { checkFields, checkParams } from './check.ts'
import { isUnexpected, toErrorBody } from './errors.ts'
import { type Fields, FileAnswer, JsonText, NdjsonAnswer, type Route } from './route.ts'
import { localSources, type SourceTree, UploadedSources, UploadNeeded } from './source-tree.ts'
import type { Caller } from './tokens.ts'
import type { UploadStore } from './uploads.ts'

/** Enough for any YAML; files travel through the upload operations. */
const BODY_LIMIT_BYTES = 32 * 1024 * 1024
const LONGEST_NAME = 1024
const JSON_TYPE = 'application/json; charset=utf-8'

export interface AppOptions {
  readonly routes: readonly Route[]
  /** Who sent a request; it has been admitted already. */
  readonly callerOf: (raw: IncomingMessage) => {
    readonly caller: Caller
    readonly isLocalSocket: boolean
  }
  readonly logError: (message: string, error: unknown) => void
  readonly uploads: UploadStore
}

/** Stands in for the schema compilers; its types want the real ones' many functions. */
const NO_SCHEMAS: object = {
  buildValidator: () => () => () => true,
  buildSerializer: () => () => JSON.stringify,
}

/** Serves operation rows below `/api`. The result answers requests; it listens nowhere itself. */
export async function createApp(options: AppOptions): Promise<RequestListener> {
  const app = createFastify(options)
  for (const route of options.routes) addRoute(app, route, options)
  app.setNotFoundHandler((request, reply) =>
    sendError(reply, unknownOperation(request.method, request.url), options),
  )
  await app.ready()
  return (request, response) => app.routing(request, response)
}

/**
 * A Fastify instance with amlet's limits. The rows bring their own checks, so the schema compilers of the
 * library, which cost 60 ms to load, stay out.
 */
function createFastify({ logError }: Pick<AppOptions, 'logError'>): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: LONGEST_NAME },
    schemaController: { compilersFactory: NO_SCHEMAS },
  })
  app.setErrorHandler((error, _request, reply) => sendError(reply, error, { logError }))
  return app
}

function addRoute(app: FastifyInstance, route: Route, options: AppOptions): void {
  const url = `/api${route.path.replace('{path*}', '*').replaceAll(/\{(\w+)\}/g, ':$1')}`
  const handler = async (request: FastifyRequest, reply: FastifyReply) =>
    sendAnswer(reply, await answer(route, { request, reply }, options), route.status)
  if (route.body !== 'bytes') {
    app.route({ method: route.method, url, handler })
    return
  }
  // A parser of its own scope that leaves the bytes to the handler.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    scope.route({ method: route.method, url, handler, bodyLimit: Number.MAX_SAFE_INTEGER })
  })
}

async function answer(
  route: Route,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { callerOf, uploads }: AppOptions,
): Promise<Answer> {
  const { caller, isLocalSocket } = callerOf(request.raw)
  if (caller.type === 'job' && route.method !== 'GET') throw onlyReading(caller.jobName)
  const params = checkParams(request.params as Record<string, string>)
  const query = checkFields(
    route.query ?? {},
    request.query as Record<string, unknown>,
    'parameter',
  )
  const body = checkBody(route.body, request.body)
  const signal = abortSignal(reply)
  const handle = (tree: SourceTree) =>
    route.handler({ params, query, body, caller, tree, signal, raw: request.raw })
  if (isLocalSocket) return { value: await handle(localSources) }
  const { uploads: paths = {} } = body as { uploads?: UploadedPaths }
  const tree = await UploadedSources.open(uploads, paths)
  try {
    return { value: await handle(tree), mirror: tree.mirror }
  } catch (error) {
    throw inClientsWords(error, tree.mirror)
  } finally {
    await tree.close()
  }
}

interface Answer {
  readonly value: unknown
  readonly mirror?: string
}

/** Paths of files that were uploaded, as the client knows them. */
function inClientsWords(error: unknown, mirror: string): unknown {
  if (!(error instanceof AmletError)) return error
  const diagnostics = JSON.parse(withoutMirror(JSON.stringify(error.diagnostics), mirror))
  const [first, ...rest] = diagnostics as [Diagnostic, ...Diagnostic[]]
  return new AmletError(first, rest, { cause: error })
}

function withoutMirror(text: string, mirror: string | undefined): string {
  return mirror === undefined ? text : text.replaceAll(mirror, '')
}

function onlyReading(jobName: string): AmletError {
  return new AmletError({
    code: 'Forbidden',
    message: `job ${jobName} may read the workspace and write its own run, not change the workspace`,
    hint: "use the owner's token",
  })
}

function checkBody(fields: Fields | 'bytes' | undefined, body: unknown): Record<string, unknown> {
  if (fields === 'bytes' || (fields === undefined && body === undefined)) return {}
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body)))
    throw new AmletError({ code: 'UsageError', message: 'the body must be one JSON object' })
  return checkFields(fields ?? {}, (body ?? {}) as Record<string, unknown>, 'field')
}

/** Aborts when the answer has been given or nobody waits for it any more. */
function abortSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => controller.abort())
  return controller.signal
}

async function sendAnswer(
  reply: FastifyReply,
  { value, mirror }: Answer,
  status = 200,
): Promise<FastifyReply> {
  if (value instanceof NdjsonAnswer) return sendLines(reply, value)
  if (value instanceof FileAnswer) return sendFile(reply, value)
  if (value instanceof JsonText) return reply.code(status).type(JSON_TYPE).send(value.text)
  if (value === undefined) return reply.code(204).send()
  return reply
    .code(status)
    .type(JSON_TYPE)
    .send(withoutMirror(JSON.stringify(value), mirror))
}

function sendLines(reply: FastifyReply, { lines }: NdjsonAnswer): FastifyReply {
  return reply
    .type('application/x-ndjson; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(Readable.from(toLines(lines)))
}

async function* toLines(values: AsyncIterable<unknown>): AsyncGenerator<string> {
  try {
    for await (const value of values) {
      const lines = Array.isArray(value) ? value : [value]
      yield lines.map((line) => `${JSON.stringify(line)}\n`).join('')
    }
  } catch (error) {
    yield `${JSON.stringify({ type: 'error', ...toErrorBody(error).body })}\n`
  }
}

async function sendFile(reply: FastifyReply, { file }: FileAnswer): Promise<FastifyReply> {
  const { size } = await stat(file)
  return reply
    .type('application/octet-stream')
    .header('content-length', size)
    .header('x-content-type-options', 'nosniff')
    .send(size === 0 ? '' : createReadStream(file, { end: size - 1 }))
}

function sendError(
  reply: FastifyReply,
  error: unknown,
  { logError }: Pick<AppOptions, 'logError'>,
): FastifyReply {
  if (error instanceof UploadNeeded)
    return reply
      .code(202)
      .type(JSON_TYPE)
      .send(JSON.stringify({ upload_needed: error.needs }))
  if (isUnexpected(error)) logError('a request failed', error)
  const { status, body } = toErrorBody(error)
  return reply.code(status).type(JSON_TYPE).send(JSON.stringify(body))
}

function unknownOperation(method: string, url: string): AmletError {
  const { pathname } = new URL(url, 'http://localhost')
  return new AmletError({
    code: 'OperationNotSupported',
    message: `there is no operation ${method} ${pathname}`,
    hint: 'GET /api/openapi.json lists the operations',
  })
}
