import type { Log } from '../log.ts'

interface JobError {
  readonly code?: string
  readonly message?: string
  readonly details?: readonly unknown[]
  /** Last lines of the log. */
  readonly log?: readonly string[]
  readonly hint?: string
  /** The command that opens the folder and environment of what failed. */
  readonly shell?: string
}

const NO_ERROR = 'Detailed error not set on the Run. Please check the logs for details.'

/** The error of a failed job: az's block for scripts, and below it what a person needs to go on. */
export function printFailure(job: Readonly<Record<string, unknown>>, log: Log): void {
  const error = job['error'] as JobError | undefined
  if (error?.message === undefined) {
    log.error(`Exception :\n ${NO_ERROR}`)
    return
  }
  const { code = 'UserError', message, details = [], log: lines = [], hint, shell } = error
  const [first = '', ...rest] = message.split('\n')
  const block = { error: { code, message: first, details } }
  log.error(`Exception :\n ${JSON.stringify(block, null, 4)} `)
  for (const line of rest) log.advice(line)
  if (lines.length > 0)
    log.advice(`Last lines of the log:\n${lines.map((l) => `  ${l}`).join('\n')}`)
  if (hint !== undefined) log.advice(`hint: ${hint}`)
  if (shell !== undefined) log.advice(`Look inside: ${shell}`)
}
