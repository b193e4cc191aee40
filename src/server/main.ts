import { toErrorBody } from '../api/errors.ts'
import { AmletError } from '../core/errors.ts'
import type { StartReport } from '../core/wire.ts'
import { isPassing } from '../engine/passing.ts'
import { otherServer } from './other-server.ts'
import { type RunningServer, type StartOptions, startServer } from './start.ts'

export { startServer }

export interface RunOptions extends StartOptions {
  /** Told once: the server answers, or why it does not. */
  readonly report: (report: StartReport) => void
}

/**
 * The body of `amlet server run`: serves until a signal, `server stop` or idleness ends it.
 *
 * @returns the exit code.
 */
export async function runServer({ report, ...options }: RunOptions): Promise<number> {
  let server: RunningServer
  try {
    server = await startServer(options)
  } catch (error) {
    const other =
      options.autoStarted && isHomeInUse(error) ? await otherServer(options.home) : undefined
    if (other !== undefined) {
      report({ ready: true, ...other })
      return 0
    }
    report({ ready: false, error: toErrorBody(explain(error)).body.error })
    return 1
  }
  const failure = stopOnSignals(server)
  report({ ready: true, ...server.info })
  await server.stopped
  return failure.code
}

function isHomeInUse(error: unknown): boolean {
  return error instanceof AmletError && error.code === 'HomeInUse'
}

/** A failed start is a failure of the place; its own words help more than "an error of its own". */
function explain(error: unknown): AmletError {
  if (error instanceof AmletError) return error
  const message = `the server could not start: ${error instanceof Error ? error.message : String(error)}`
  const hint = isPassing(error)
    ? 'see that the disk of AMLET_HOME has room and can be written: amlet doctor'
    : 'see `amlet server logs`'
  return new AmletError({ code: 'ServerUnavailable', message, hint })
}

function stopOnSignals(server: RunningServer): { code: number } {
  const result = { code: 0 }
  const stop = () => {
    server.stop().catch((error: unknown) => {
      server.log.error('stopping failed', error)
      process.exit(1)
    })
  }
  let asked = 0
  const onSignal = (signal: string) => {
    asked += 1
    if (asked > 1) process.exit(1)
    server.log.info(`stopping: ${signal}`)
    stop()
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  process.on('SIGHUP', () => {})
  // Every state is safe against a kill, so after a fault of our own a fresh start is the safest way on.
  const onFault = (error: unknown) => {
    server.log.error('a fault; stopping', error)
    result.code = 1
    stop()
  }
  process.on('uncaughtException', onFault)
  process.on('unhandledRejection', onFault)
  return result
}
