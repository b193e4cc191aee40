import { setTimeout } from 'node:timers/promises'
import { AmletError } from '../../core/errors.ts'
import type { Launch, Slots } from '../executor.ts'
import {
  type ConnectionListener,
  ConnectionLost,
  type HelloResult,
  PROTOCOL,
  WorkerConnection,
} from './worker-connection.ts'
import { startWorker, type WorkerProgram, workerBuild } from './worker-program.ts'

export interface FoundWorker {
  readonly connection: WorkerConnection
  readonly pid: number
  /** What a worker of another build had not started when it was sent away. */
  readonly drained: readonly Launch[]
}

const PATIENCE_MS = 15_000
const RETRY_MS = 20

/**
 * Connects to the worker of a home and starts one when there is none. One of another build is drained and
 * replaced: what it had started goes on, what it had not comes back as `drained`.
 *
 * @throws AmletError `ExecutorUnavailable` when none answers within 15 seconds.
 */
export async function findWorker(
  program: WorkerProgram,
  slots: Slots,
  listener: ConnectionListener,
): Promise<FoundWorker> {
  const deadlineMs = Date.now() + PATIENCE_MS
  const drained: Launch[] = []
  for (;;) {
    const connection = await connectOrStart(program, listener, deadlineMs)
    try {
      const hello = await greet(connection, slots)
      if (hello.build === workerBuild() && hello.protocol === PROTOCOL)
        return { connection, pid: hello.pid, drained }
      const result = (await connection.request({ type: 'drain' })) as { launches: Launch[] }
      drained.push(...result.launches)
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error
    }
    connection.close()
  }
}

async function greet(connection: WorkerConnection, slots: Slots): Promise<HelloResult> {
  const result = await connection.request({ type: 'hello', protocol: PROTOCOL, slots })
  return result as HelloResult
}

async function connectOrStart(
  program: WorkerProgram,
  listener: ConnectionListener,
  deadlineMs: number,
): Promise<WorkerConnection> {
  let reason = 'another worker holds the lock and does not answer'
  while (Date.now() < deadlineMs) {
    const connection = await WorkerConnection.open(program.socketPath, listener)
    if (connection) return connection
    const result = await startWorker(program)
    if (result === 'ready') continue
    if (typeof result === 'object') reason = result.failed
    await setTimeout(RETRY_MS)
  }
  throw new AmletError({
    code: 'ExecutorUnavailable',
    message: `the worker of "${program.home}" can not be reached: ${reason}`,
    hint: `see "${program.home}/worker.log"`,
  })
}
