import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** One that waits for a disk may take a while to die. */
const MOST_LOOKS = 100
const BETWEEN_LOOKS_MS = 20
const MARK = 'AMLET_ATTEMPT_ID='

/** Changes with every start of the machine. `file` holds it; macOS has no such file, but a boot time. */
export function readBootId(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return execFileSync('sysctl', ['-n', 'kern.boottime'], { encoding: 'utf8' }).trim()
  }
}

/** Whether `pid` is the process that started at `startTime`, and not one that took its number. */
export function isAlive(pid: number, startTime: number): boolean {
  if (startTime === 0) return canSignal(pid)
  const stat = readStat(pid)
  return stat !== undefined && stat.state !== 'Z' && stat.startTime === startTime
}

/** Processes of an attempt, wherever they went: its id is in their environment. Linux only, else none. */
export function findProcesses(attemptId: string): number[] {
  return processIds().filter((pid) => attemptOf(pid) === attemptId)
}

/** Attempts that have processes. */
export function livingAttempts(): ReadonlySet<string> {
  return new Set(processIds().map((pid) => attemptOf(pid) ?? ''))
}

/** The attempt that the process says it is of; empty for one of none, undefined when it has no environment (yet). */
export function attemptOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/environ`, 'latin1')
    if (text === '') return undefined
    const mark = text.split('\0').find((variable) => variable.startsWith(MARK))
    return mark?.slice(MARK.length) ?? ''
  } catch {
    return ''
  }
}

/** 0 for one that has none; undefined when it cannot be seen. */
export function parentOf(pid: number): number | undefined {
  return readStat(pid)?.parent
}

/**
 * Sends `signal` to the processes of an attempt, but for those that had it `before`; gives them all. Each is looked at
 * right before: its number may be another's a moment later.
 */
export function signalProcesses(
  attemptId: string,
  signal: NodeJS.Signals,
  before: ReadonlySet<number> = new Set(),
): number[] {
  return processIds().filter((pid) => {
    if (attemptOf(pid) !== attemptId) return false
    if (!before.has(pid)) sendSignal(pid, signal)
    return true
  })
}

/** Kills what is left of an attempt; resolves when none of it can write any more. */
export async function killProcesses(attemptId: string): Promise<void> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    if (signalProcesses(attemptId, 'SIGKILL').length === 0) return
    await setTimeout(BETWEEN_LOOKS_MS)
  }
}

/** Sends `signal`; false when there is no such process any more. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}

function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function readStat(pid: number): { state: string; parent: number; startTime: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', parent: Number(fields[1]), startTime: Number(fields[19]) }
  } catch {
    return undefined
  }
}

function processIds(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}
