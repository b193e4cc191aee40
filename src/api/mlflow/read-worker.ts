// The reading thread: answers long questions from connections of its own, so that the server's thread never waits for them.
import { parentPort, workerData } from 'node:worker_threads'
import { MlflowError } from '../../core/mlflow/errors.ts'
import { toJson } from '../../core/mlflow/json.ts'
import { openDb } from '../../store/db.ts'
import { openTrackingReader } from '../../store/tracking/tracking.ts'
import { endpointOf, type ReadContext } from './context.ts'
import { openRegistry } from './home-registry.ts'
import { JOB_HISTORY } from './job-metrics.ts'
import { READ_ROUTES } from './read-routes.ts'
import type { Answer, Question, ReadHome } from './read-thread.ts'
import { RunTexts } from './run-texts.ts'

/** Characters of messages of runs that are kept for the next search. */
const MOST_KEPT = 16_000_000

const home = workerData as ReadHome
const db = openDb(home.db, { readOnly: true })
const openScope = openTrackingReader(home.metricsDb)
const texts = new RunTexts(MOST_KEPT)
const routes = new Map([...READ_ROUTES, JOB_HISTORY].map((route) => [endpointOf(route), route]))
const contexts = new Map<string, ReadContext>()

function contextOf(workspace: string): ReadContext {
  const known = contexts.get(workspace)
  if (known !== undefined) return known
  const registry = openRegistry({ ...home, db }, workspace)
  const context = { scope: openScope(workspace), texts, registry }
  contexts.set(workspace, context)
  return context
}

function answer({ id, endpoint, workspace, message, written }: Question): Answer {
  if (written === 'many') texts.clear()
  else for (const runNo of written) texts.drop(runNo)
  try {
    const result = routes.get(endpoint)?.run(message as never, contextOf(workspace))
    return { id, body: new TextEncoder().encode(toJson(result ?? {})) }
  } catch (error) {
    if (error instanceof MlflowError) return { id, code: error.code, message: error.message }
    return { id, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

parentPort?.on('message', (question: Question) => {
  const reply = answer(question)
  parentPort?.postMessage(reply, 'body' in reply ? [reply.body.buffer] : [])
})
