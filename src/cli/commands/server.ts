import { AmletError } from '../../core/errors.ts'
import type { StartReport } from '../../core/wire.ts'
import { homePaths } from '../../files/home.ts'
import type { Run } from '../grammar/command.ts'
import { UsageError } from '../grammar/usage-error.ts'

const LAST_PORT = 65_535

/** `server run`: the server in this process, until a signal ends it. */
export const runInForeground: Run = async (context, args) => {
  const { runServer } = await import('../../server/main.ts')
  const port = args.number('port')
  if (port !== undefined && (port < 0 || port > LAST_PORT))
    throw new UsageError(`argument --port: ${port} is no port, which is 0 to ${LAST_PORT}`)
  let failure: AmletError | undefined
  const exitCode = await runServer({
    home: homePaths(context.env).root,
    autoStarted: false,
    ...(port === undefined ? {} : { port }),
    report: (report) => {
      failure = toFailure(report)
      if (report.ready) announce(report)
    },
  })
  if (failure !== undefined) throw failure
  return { exitCode }
}

function announce(report: Extract<StartReport, { readonly ready: true }>): void {
  process.stderr.write(
    `API:   ${report.url}\nHome:  ${report.home}\nStop:  Ctrl-C. Running jobs go on and are found again.\n`,
  )
}

function toFailure(report: StartReport): AmletError | undefined {
  if (report.ready) return undefined
  const [first, ...rest] = report.error.details
  return new AmletError(first ?? { code: 'ServerUnavailable', message: report.error.message }, rest)
}
