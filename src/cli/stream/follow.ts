import type { Client } from '../../client/client.ts'
import { AmletError } from '../../core/errors.ts'
import type { StreamEvent } from '../../core/wire.ts'
import { apiPath } from '../commands/paths.ts'
import type { Context } from '../context.ts'
import { hasColour } from '../log.ts'
import { printFailure } from './failure.ts'
import { PlainView } from './plain-view.ts'
import { Transcript } from './transcript.ts'
import type { View } from './view.ts'

export interface FollowOptions {
  /** Only these children. */
  readonly steps: readonly string[] | undefined
  readonly allFiles: boolean
  /** A canceled job is a failure too. */
  readonly exitStatus: boolean
  readonly page: string | undefined
  /** Nobody will print the job. */
  readonly isBrief: boolean
}

export interface Followed {
  /** The job as it ended, no more of it than its status with `isBrief`; undefined when the user stopped following. */
  readonly job?: Readonly<Record<string, unknown>>
  readonly exitCode: number
}

/** Shows the logs of a job and everything below it until it ends, or Ctrl-C: the job goes on then. */
export async function followJob(
  context: Context,
  name: string,
  options: FollowOptions,
): Promise<Followed> {
  const client = await context.connect()
  const view = await makeView(context, name, options)
  const stop = new AbortController()
  const interrupt = () => stop.abort()
  process.once('SIGINT', interrupt)
  try {
    view.start()
    const steps = new Set<string>()
    const events = readEvents(client, name, { options, signal: stop.signal })
    const ended = await showEvents(events, view, steps)
    if (ended === undefined) return detach(context, name, view)
    view.end(ended)
    warnOfUnknownSteps(context, options.steps, steps)
    return { job: ended, exitCode: exitCodeOf(ended, context, options) }
  } catch (error) {
    if (stop.signal.aborted) return detach(context, name, view)
    view.stop()
    throw error
  } finally {
    process.removeListener('SIGINT', interrupt)
  }
}

/** Shows events until the end; `steps` collects the paths of all children. */
async function showEvents(
  events: AsyncIterable<StreamEvent>,
  view: View,
  steps: Set<string>,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  for await (const event of events) {
    if (event.type === 'end') return event.job
    if (event.type === 'job' && event.job.step !== '') steps.add(event.job.step)
    view.take(event)
  }
  return undefined
}

function warnOfUnknownSteps(
  { log }: Context,
  wanted: readonly string[] | undefined,
  steps: ReadonlySet<string>,
): void {
  const unknown = (wanted ?? []).filter((step) => !steps.has(step))
  if (unknown.length === 0) return
  const has = steps.size === 0 ? 'it has no steps' : `it has: ${[...steps].join(', ')}`
  log.warning(`the job has no step ${unknown.map((step) => `"${step}"`).join(', ')}; ${has}`)
}

async function makeView(context: Context, name: string, options: FollowOptions): Promise<View> {
  const { env } = context
  // Deviation D1: with a chosen output, stdout is for the result alone.
  const toStderr = context.hasChosenOutput && env['AMLET_STRICT_AZ'] !== '1'
  const sink = toStderr ? process.stderr : process.stdout
  const isColoured = hasColour(env)
  const transcript = new Transcript({
    name,
    page: options.page,
    allFiles: options.allFiles,
    isColoured,
  })
  if (!isLive(sink, env)) return new PlainView(transcript, sink)
  const { LiveView } = await import('./live-view.ts')
  return new LiveView(transcript, sink, { isColoured, env })
}

/** Cursor control only where a person looks at a terminal. */
function isLive(sink: NodeJS.WriteStream, env: Context['env']): boolean {
  const { CI, TERM, AMLET_PROGRESS } = env
  if (AMLET_PROGRESS === 'plain' || AMLET_PROGRESS === 'quiet') return false
  return sink.isTTY === true && (CI ?? '') === '' && TERM !== 'dumb'
}

interface ReadOptions {
  readonly options: FollowOptions
  readonly signal: AbortSignal
}

const MAX_RETRIES = 20

/** The events of a job, across restarts of the server: each time from the last cursor. */
async function* readEvents(
  client: Client,
  name: string,
  { options, signal }: ReadOptions,
): AsyncGenerator<StreamEvent> {
  let cursor: string | undefined
  for (let failures = 0; ; ) {
    try {
      const query = {
        cursor,
        step: options.steps,
        all_files: options.allFiles || undefined,
        brief: options.isBrief || undefined,
      }
      const path = `${apiPath('jobs', name)}/stream`
      for await (const event of client.stream<StreamEvent>(path, { query, signal })) {
        failures = 0
        if (event.type === 'log') cursor = event.cursor
        yield event
        if (event.type === 'end') return
      }
      failures += 1
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      if (!isBroken(error) || failures > MAX_RETRIES) throw error
    }
    await pause(Math.min(100 * failures, 1000))
  }
}

function isBroken(error: unknown): boolean {
  return error instanceof AmletError && error.code === 'ServerUnavailable'
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function detach({ log }: Context, name: string, view: View): Followed {
  view.stop()
  log.advice(`Stopped following ${name}; the job goes on.`)
  log.advice(`  come back:  amlet job stream -n ${name}`)
  log.advice(`  cancel it:  amlet job cancel -n ${name}`)
  return { exitCode: 1 }
}

function exitCodeOf(
  job: Readonly<Record<string, unknown>>,
  context: Context,
  { exitStatus }: FollowOptions,
): number {
  if (job['status'] === 'Failed') {
    printFailure(job, context.log)
    return 1
  }
  if (job['status'] === 'Canceled')
    context.log.warning(`the job ended as Canceled: ${job['reason'] ?? 'nobody said why'}`)
  return exitStatus && job['status'] !== 'Completed' ? 1 : 0
}
