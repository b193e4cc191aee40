import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { MlflowError } from '../../core/mlflow/errors.ts'
import { toJson } from '../../core/mlflow/json.ts'
import { fromQuery, readMessage } from '../../core/mlflow/message.ts'
import type { Tracking } from '../../store/tracking/tracking.ts'
import type { AskingAttempt } from '../tokens.ts'
import { attemptIsOver, JobAccess, OWNER_ACCESS } from './access.ts'
import { readAddress } from './address.ts'
import { ArtifactFolder } from './artifact-folder.ts'
import { ARTIFACT_ROUTES } from './artifacts.ts'
import { type Context, endpointOf, type JobRuns, type JsonRoute } from './context.ts'
import { type FoundRoute, RouteTable } from './dispatch.ts'
import { type Exchange, sendJson } from './exchange.ts'
import { EXPERIMENT_ROUTES } from './experiments.ts'
import { handleFiles } from './file-routes.ts'
import { INPUT_ROUTES } from './inputs.ts'
import { LOGGED_MODEL_ROUTES } from './logged-models.ts'
import { LOGGING_ROUTES } from './logging.ts'
import type { ModelRegistry } from './model-registry.ts'
import { MODEL_VERSION_ROUTES } from './model-versions.ts'
import { READ_ROUTES } from './read-routes.ts'
import type { ReadThread } from './read-thread.ts'
import { REGISTERED_MODEL_ROUTES } from './registered-models.ts'
import { hasBody, readJsonBody } from './request-body.ts'
import { RunTexts } from './run-texts.ts'
import { RUN_ROUTES } from './runs.ts'
import { MLFLOW_VERSION, SERVER_ROUTES } from './server-facts.ts'

export interface MlflowOptions {
  readonly tracking: Tracking
  readonly reads: ReadThread
  /** Name of the workspace that bare paths mean. */
  readonly defaultWorkspace: string
  /** Absolute path of a workspace's artifact datastore. */
  readonly artifactRoot: (workspace: string) => string
  readonly registry: (workspace: string) => ModelRegistry
  /** The attempt whose process sent a request; undefined when the owner did. */
  readonly jobOf: (request: IncomingMessage) => AskingAttempt | undefined
  readonly currentAttemptOf: (job: string) => string | undefined
  /** The top of the tree that a job was submitted in. */
  readonly rootOf: (job: string) => string
  /** Runs that are jobs; only the default workspace has some. */
  readonly jobs: JobRuns
  /** Called before a request of the default workspace is answered: brings runs of jobs up to date. */
  readonly refreshJobs: () => void
  /** Called when a run of the default workspace has logged metrics, after the commit. */
  readonly onMetrics: (runId: string) => void
  readonly logError: (message: string, error: unknown) => void
}

/** Characters of messages of runs that are kept on the server's thread. */
const MOST_KEPT = 4_000_000

const ROUTES = new RouteTable([
  ...READ_ROUTES,
  ...EXPERIMENT_ROUTES,
  ...RUN_ROUTES,
  ...LOGGING_ROUTES,
  ...INPUT_ROUTES,
  ...LOGGED_MODEL_ROUTES,
  ...ARTIFACT_ROUTES,
  ...REGISTERED_MODEL_ROUTES,
  ...MODEL_VERSION_ROUTES,
  ...SERVER_ROUTES,
])

const NO_JOBS: JobRuns = {
  changeTags: () => {},
  setDisplayName: () => {},
  setArchived: () => {},
}

/** Answers the REST API of MLflow 3 for every workspace. Who may ask is decided before. */
export function createMlflowListener(options: MlflowOptions): RequestListener {
  const server = new MlflowServer(options)
  return (request, response) => void server.handle(request, response)
}

class MlflowServer {
  readonly #options: MlflowOptions
  readonly #texts: RunTexts
  readonly #contexts = new Map<string, Context>()

  constructor(options: MlflowOptions) {
    this.#options = options
    this.#texts = new RunTexts(MOST_KEPT)
    options.tracking.onTouched((runNo) => this.#texts.drop(runNo))
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { url = '/' } = request
      const mark = url.indexOf('?')
      const address = readAddress(mark < 0 ? url : url.slice(0, mark))
      const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
      await this.#answer({ request, response, address, query })
    } catch (error) {
      this.#refuse(request, response, error)
    }
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { request, response, address, query } = exchange
    if (address.operation === '/health') return sendText(response, 'OK')
    if (address.operation === '/version') return sendText(response, MLFLOW_VERSION)
    const workspace = address.workspace ?? this.#options.defaultWorkspace
    if (!isReading(request, address.operation)) this.#expectCurrent(request)
    const context = this.#context(workspace, request)
    if (await handleFiles(context, exchange)) return
    if (!address.isApi) throw noPage(address.operation)
    const { route, params } = ROUTES.find(request.method ?? 'GET', address.operation)
    const source = await readSource({ route, params }, request, query)
    const message = readMessage(route.fields, source)
    sendJson(response, 200, await this.#run({ route, message, workspace }, context))
  }

  /** The answer's JSON: of a question that takes long, from the thread that reads. */
  async #run(
    { route, message, workspace }: { route: JsonRoute; message: unknown; workspace: string },
    context: Context,
  ): Promise<string | Uint8Array> {
    if (route.isShort?.(message as never, context) === false)
      return this.#options.reads.ask({ endpoint: endpointOf(route), workspace, message })
    return toJson((await route.run(message as never, context)) ?? {})
  }

  #context(workspace: string, request: IncomingMessage): Context {
    if (workspace === this.#options.defaultWorkspace) this.#options.refreshJobs()
    const context = this.#ownersContext(workspace)
    const job = this.#options.jobOf(request)
    return job === undefined
      ? context
      : { ...context, access: new JobAccess(job.jobName, this.#options.rootOf) }
  }

  /** A lost attempt may live on where nobody can reach it: what it writes is not wanted any more. */
  #expectCurrent(request: IncomingMessage): void {
    const asking = this.#options.jobOf(request)
    if (asking === undefined) return
    const current = this.#options.currentAttemptOf(asking.jobName)
    if (current !== asking.attempt) throw attemptIsOver(asking.jobName)
  }

  #ownersContext(workspace: string): Context {
    const isDefault = workspace === this.#options.defaultWorkspace
    const known = this.#contexts.get(workspace)
    if (known !== undefined) return known
    const { tracking, artifactRoot, jobs, onMetrics } = this.#options
    const registry = this.#options.registry(workspace)
    const context: Context = {
      tracking,
      scope: tracking.scope(workspace),
      texts: this.#texts,
      registry,
      artifacts: new ArtifactFolder({
        root: artifactRoot(workspace),
        versionPath: (name, version) => registry.localPath(name, version),
      }),
      access: OWNER_ACCESS,
      jobs: isDefault ? jobs : NO_JOBS,
      onMetrics: isDefault ? onMetrics : () => {},
      write: (work) => tracking.writes.write(work),
    }
    this.#contexts.set(workspace, context)
    return context
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const known =
      error instanceof MlflowError
        ? error
        : new MlflowError('INTERNAL_ERROR', 'something went wrong in the server; its log says what')
    if (known !== error || known.httpStatus === 500)
      this.#options.logError(`a MLflow request failed: ${request.method} ${request.url}`, error)
    if (response.headersSent) {
      response.destroy()
      return
    }
    // A body that nobody read would be taken for the next request.
    if (!request.complete) response.setHeader('connection', 'close')
    sendJson(response, known.httpStatus, toJson({ error_code: known.code, message: known.message }))
  }
}

const QUESTIONS = new Set(READ_ROUTES.map(endpointOf))

/** Also by POST, as searches come. */
function isReading({ method = 'GET' }: IncomingMessage, operation: string): boolean {
  return method === 'GET' || method === 'HEAD' || QUESTIONS.has(`${method} ${operation}`)
}

async function readSource(
  { route, params }: FoundRoute,
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<unknown> {
  if (request.method === 'GET' && (query.size > 0 || !hasBody(request)))
    return { ...fromQuery(route.fields, query), ...params }
  // Everything is in the path: the client sends no body then, and says no type of it.
  if (request.method === 'DELETE' && Object.keys(params).length > 0 && !hasBody(request))
    return params
  const body = await readJsonBody(request)
  if (typeof body !== 'object' || body === null) return params
  return Object.keys(params).length === 0 ? body : { ...body, ...params }
}

function noPage(path: string): MlflowError {
  if (path === '/graphql' || path.startsWith('/v1/'))
    return new MlflowError(
      'NOT_IMPLEMENTED',
      `amlet does not support ${path}: traces and the web page of MLflow`,
    )
  return new MlflowError('ENDPOINT_NOT_FOUND', `There is nothing at ${path.slice(0, 200)}`)
}

function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
