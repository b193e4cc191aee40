import type { Log } from '../log.ts'

interface JobError {
  readonly code?: string
  readonly message?: string
  readonly details?: readonly unknown[]
}

const NO_ERROR = 'Detailed error not set on the Run. Please check the logs for details.'

/** The error of a failed job: az's block for scripts, and below it the same in lines that can be read. */
export function printFailure(job: Readonly<Record<string, unknown>>, log: Log): void {
  const error = job['error'] as JobError | undefined
  if (error?.message === undefined) {
    log.error(`Exception :\n ${NO_ERROR}`)
    return
  }
  const { code = 'UserError', message, details = [] } = error
  const [first = '', ...rest] = message.split('\n')
  const block = { error: { code, message: first, details } }
  log.error(`Exception :\n ${JSON.stringify(block, null, 4)} `)
  for (const line of rest) log.advice(line)
}
