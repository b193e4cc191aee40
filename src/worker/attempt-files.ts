import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Outcome, Pool, Slots, StopCause } from './protocol.ts'

/** What `attempt.json` says: who runs the attempt, and what a worker must know to take it over. */
export interface AttemptFacts {
  readonly pid: number
  /** In clock ticks since boot; 0 where it cannot be known. */
  readonly startTime: number
  readonly attemptId: string
  readonly bootId: string
  readonly startedAtMs: number
  readonly slots: Slots
  readonly pool?: Pool
  readonly gpuIds: readonly number[]
  readonly graceSeconds: number
  readonly timeoutSeconds?: number
}

interface ExitFile {
  readonly code: number | null
  readonly signal: string | null
  readonly endedAtMs: number
  readonly notStarted?: string
}

export type End = Extract<Outcome, { state: 'exited' | 'notStarted' }>

/** Undefined when the file is not there; null when it is there without its content yet. */
export function readFacts(runDir: string): AttemptFacts | null | undefined {
  const text = readText(path.join(runDir, 'attempt.json'))
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as AttemptFacts
  } catch {
    return null
  }
}

/** How the attempt ended, once its `exit.json` is there. */
export function readEnd(runDir: string): { outcome: End; atMs: number } | undefined {
  const text = readText(path.join(runDir, 'exit.json'))
  if (text === undefined) return undefined
  const file = JSON.parse(text) as ExitFile
  const atMs = file.endedAtMs
  if (file.notStarted !== undefined)
    return { outcome: { state: 'notStarted', message: file.notStarted }, atMs }
  const { code, signal } = file
  const stopped = readStop(runDir)
  return { outcome: { state: 'exited', code, signal, ...(stopped && { stopped }) }, atMs }
}

/**
 * Completes an end that the wrapper has written in place of its marker and not renamed yet. False when it did
 * not come so far.
 */
export function completeEnd(runDir: string): boolean {
  const file = path.join(runDir, 'exit.json')
  if (existsSync(file)) return true
  const marker = path.join(runDir, 'attempt.json')
  if (!readText(marker)?.startsWith('{"code"')) return false
  try {
    renameSync(marker, file)
    return true
  } catch {
    return existsSync(file)
  }
}

/**
 * Makes `exit.json` of what a wrapper has told, and written in place of its marker where it could: a command may take
 * its own run folder away. Undefined when that cannot be done.
 */
export function saveEnd(
  runDir: string,
  told: string,
  isWritten: boolean,
): { readonly outcome: Extract<End, { state: 'exited' }>; readonly atMs: number } | undefined {
  try {
    const end = JSON.parse(told) as ExitFile
    const { code, signal, endedAtMs } = end
    if (isWritten) renameSync(path.join(runDir, 'attempt.json'), path.join(runDir, 'exit.json'))
    else {
      mkdirSync(runDir, { recursive: true })
      writeByRename(path.join(runDir, 'exit.json'), end)
    }
    return { outcome: { state: 'exited', code, signal }, atMs: endedAtMs }
  } catch {
    return undefined
  }
}

/** Writes the end of an attempt that has no wrapper to do it. */
export function writeEnd(runDir: string, end: End, atMs: number): void {
  mkdirSync(runDir, { recursive: true })
  const file: ExitFile =
    end.state === 'exited'
      ? { code: end.code, signal: end.signal, endedAtMs: atMs }
      : { code: null, signal: null, endedAtMs: atMs, notStarted: end.message }
  writeByRename(path.join(runDir, 'exit.json'), file)
  if (end.state === 'exited' && end.stopped) writeStop(runDir, end.stopped)
}

/** Who asked for the end, kept beside `exit.json` because the asker may die before the attempt does. */
export function writeStop(runDir: string, stopped: StopCause): void {
  mkdirSync(runDir, { recursive: true })
  writeByRename(path.join(runDir, 'stop.json'), { stopped })
}

export function readStop(runDir: string): StopCause | undefined {
  const text = readText(path.join(runDir, 'stop.json'))
  if (text === undefined) return undefined
  return (JSON.parse(text) as { stopped: StopCause }).stopped
}

function writeByRename(file: string, value: unknown): void {
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(value)}\n`)
  renameSync(`${file}.${process.pid}`, file)
}

/** A look first: an exception of a missing file costs ten times as much. */
function readText(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
