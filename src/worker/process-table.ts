import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** One that waits for a disk may take a while to die. */
const MOST_LOOKS = 100
const BETWEEN_LOOKS_MS = 20

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
  const mark = `AMLET_ATTEMPT_ID=${attemptId}`
  return processIds().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark)
    } catch {
      return false
    }
  })
}

/** Kills what is left of an attempt; resolves when none of it can write any more. */
export async function killProcesses(attemptId: string): Promise<void> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const pids = findProcesses(attemptId)
    if (pids.length === 0) return
    for (const pid of pids) sendSignal(pid, 'SIGKILL')
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

function readStat(pid: number): { state: string; startTime: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', startTime: Number(fields[19]) }
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
