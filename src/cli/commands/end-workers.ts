import { readdirSync, readFileSync } from 'node:fs'

/**
 * Ends the workers of a home that is about to go; by themselves they leave only after a while without work. Where there is no
 * `/proc` they are left to that.
 */
export function endWorkers(home: string): void {
  for (const pid of processes()) {
    const words = commandLine(pid)
    const isOurs = words.some((word, i) => word === '--home' && words[i + 1] === home)
    if (isOurs && words.some((word) => /worker\/main\.[jt]s$/.test(word))) end(pid)
  }
}

function processes(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

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
