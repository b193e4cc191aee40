import { relative } from 'node:path'
import { AmletError, type Diagnostic, ERROR_CODES, type SourceRef } from '../core/errors.ts'
import { UsageError } from './grammar/usage-error.ts'
import type { Log } from './log.ts'

/** Writes an error as people read it and returns the exit code: 1 a failure, 2 a wrong command line, 3 not found. */
export function printError(error: unknown, log: Log, cwd: string): number {
  if (log.isDebug && error instanceof Error) log.debug(error.stack ?? error.message)
  if (error instanceof UsageError) return printUsageError(error, log)
  if (error instanceof AmletError) return printDiagnostics(error.diagnostics, log, cwd)
  const refused = fromFileSystem(error)
  if (refused !== undefined) return printDiagnostics([refused], log, cwd)
  log.error(`(InternalError) ${error instanceof Error ? error.message : String(error)}`)
  if (!log.isDebug)
    log.advice('This is a fault of amlet. Run the command again with --debug to see where.')
  return 1
}

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'make room on that disk, then try again',
  EDQUOT: 'make room on that disk, then try again',
  EMFILE: 'end other programs, or raise the limit of open files (`ulimit -n`)',
}

/** What the system refused for a path is of that place, not a fault of amlet. */
function fromFileSystem(error: unknown): Diagnostic | undefined {
  const { code, path, syscall } = error as NodeJS.ErrnoException
  if (!(error instanceof Error) || code === undefined || path === undefined) return undefined
  const words = error.message.replace(/^\w+: /, '').replace(/, \w+( '.*)?$/s, '')
  return {
    code: 'StorageFailure',
    message: `"${path}" cannot be used: ${words} (${code} at ${syscall})`,
    hint: ADVICE[code] ?? 'choose a path that can be read and written, then try again',
  }
}

function printUsageError(error: UsageError, log: Log): number {
  log.error(error.message)
  for (const line of error.advice) log.advice(line)
  return error.exitCode
}

function printDiagnostics(
  diagnostics: readonly [Diagnostic, ...Diagnostic[]],
  log: Log,
  cwd: string,
): number {
  for (const diagnostic of diagnostics) {
    if (diagnostic.severity === 'warning') log.warning(formatDiagnostic(diagnostic, cwd))
    else log.error(formatDiagnostic(diagnostic, cwd))
  }
  const { kind, http } = ERROR_CODES[diagnostics[0].code]
  if (http === 404) return 3
  return kind === 'usage' ? 2 : 1
}

/** The message, then place, line, caret and hint, each on a line of its own. */
export function formatDiagnostic({ code, message, source, hint }: Diagnostic, cwd: string): string {
  const lines = [`(${code}) ${message}`]
  if (source !== undefined) {
    const path = source.path ? `  ${source.path}` : ''
    lines.push(`  ${placeOf(source, cwd)}${path}`)
    if (source.text !== undefined) lines.push(...pointAt(source.text, source.column))
  }
  if (hint !== undefined) lines.push(`  hint: ${hint}`)
  return lines.join('\n')
}

/** `file:line:column`; an option, which has one line, by its name. */
function placeOf({ file, line, column }: SourceRef, cwd: string): string {
  return file.startsWith('--') ? file : `${shorten(file, cwd)}:${line}:${column}`
}

const WIDEST_LINE = 160

function pointAt(text: string, column: number): string[] {
  const start = Math.max(0, column - 1 - WIDEST_LINE / 2)
  const shown = text.slice(start, start + WIDEST_LINE).replaceAll('\t', ' ')
  return [`    ${shown}`, `    ${' '.repeat(Math.max(0, column - 1 - start))}^`]
}

function shorten(file: string, cwd: string): string {
  const short = relative(cwd, file)
  return file.startsWith('/') && !short.startsWith('..') && short !== '' ? short : file
}
