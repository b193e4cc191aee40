import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

const MOST_LOOKS = 500
const BETWEEN_LOOKS_MS = 10

/**
 * Ends the workers of a home that is about to go; by themselves they leave only after a while without work. Resolves when
 * none is there any more that could write. Where there is no `/proc` they are left to leave by themselves.
 */
export async function endWorkers(home: string): Promise<void> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const pids = workersOf(home)
    if (pids.length === 0) return
    for (const pid of pids) end(pid)
    await setTimeout(BETWEEN_LOOKS_MS)
  }
}

function workersOf(home: string): number[] {
  return processes().filter((pid) => {
    const words = commandLine(pid)
    const isOurs = words.some((word, i) => word === '--home' && words[i + 1] === home)
    return isOurs && words.some((word) => /worker\/main\.[jt]s$/.test(word))
  })
}

function processes(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

/** Empty for one that has ended, also while nobody has asked for its exit code. */
function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch {
    // It left in between.
  }
}
