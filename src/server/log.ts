import { appendFileSync, renameSync, statSync } from 'node:fs'
import { AmletError } from '../core/errors.ts'

/** At this size the log is put aside as `server.log.1`, in place of the one before. */
const ROTATE_BYTES = 10 * 1024 * 1024

/** The server's log: one line an event, and the stack of what should not have happened. */
export interface Log {
  info(message: string): void
  error(message: string, error: unknown): void
}

/** Appends to `file`; rotates at the start of a server only, so a line is never lost in between. */
export function openLog(file: string): Log {
  rotate(file)
  const write = (level: string, message: string) => {
    try {
      appendFileSync(file, `${new Date().toISOString()} ${level} ${message}\n`, { mode: 0o600 })
    } catch {
      // A full disk must not stop the server from serving.
    }
  }
  return {
    info: (message) => write('INFO', message),
    error: (message, error) => write('ERROR', `${message}: ${describe(error)}`),
  }
}

function describe(error: unknown): string {
  if (error instanceof AmletError) {
    const lines = error.diagnostics.map(({ code, message }) => `${code}: ${message}`)
    const cause = error.cause === undefined ? '' : `\n  because ${describe(error.cause)}`
    return `${lines.join('; ')}${cause}`
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function rotate(file: string): void {
  try {
    if (statSync(file).size > ROTATE_BYTES) renameSync(file, `${file}.1`)
  } catch {
    // No log yet.
  }
}
