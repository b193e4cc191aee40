import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import {
  attemptOf,
  findProcesses,
  killProcesses,
  parentOf,
  signalProcesses,
} from './process-table.ts'

/** What is left of an attempt gets two seconds to end, as what is left of its groups gets from the wrapper. */
const MOST_LOOKS = 40
const BETWEEN_LOOKS_MS = 50

/**
 * Processes that left an attempt's groups (`setsid`, a daemon) and are still there when its command has ended: as in a
 * container, where they end with the first process, they end with the attempt.
 *
 * Looking through all processes costs as much as a step. But the parents of a stray have ended, so it is now a child of
 * whoever takes orphans: one of the processes above this one. Those few children are looked at, each once.
 */
export class Strays {
  /** Processes that can take orphans; undefined when not all of them can be seen. */
  #above: readonly number[] | undefined = processesAbove(process.pid)
  #others = new Set<number>()

  /** Whether the attempt may have left a process behind. Where there is no `/proc` nothing can be known: false. */
  mayBeLeft(attemptId: string): boolean {
    const orphans = this.#orphans()
    if (orphans === undefined) return findProcesses(attemptId).length > 0
    const others = new Set<number>()
    let isFound = false
    for (const pid of orphans) {
      const owner = this.#others.has(pid) ? '' : attemptOf(pid)
      if (!owner) others.add(pid)
      // One that is just becoming another program has no environment for a moment.
      if (owner === attemptId || owner === undefined) isFound = true
    }
    this.#others = others
    return isFound
  }

  /** Children of the processes above; undefined when they cannot be seen. */
  #orphans(): number[] | undefined {
    const known = this.#above && childrenOf(this.#above)
    if (known !== undefined) return known
    // One of them has ended, and this process is now another's.
    this.#above = processesAbove(process.pid)
    return this.#above && childrenOf(this.#above)
  }
}

/** Ends what is left of an attempt: TERM, then KILL. Resolves when none of it can write any more. */
export async function endStrays(attemptId: string): Promise<void> {
  const asked = new Set<number>()
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const left = signalProcesses(attemptId, 'SIGTERM', asked)
    if (left.length === 0 && looks > 0) return
    for (const pid of left) asked.add(pid)
    await setTimeout(BETWEEN_LOOKS_MS)
  }
  await killProcesses(attemptId)
}

function processesAbove(pid: number): number[] | undefined {
  const above: number[] = []
  for (let parent = parentOf(pid); parent !== 0; parent = parentOf(parent)) {
    if (parent === undefined) return undefined
    above.push(parent)
  }
  return above
}

function childrenOf(pids: readonly number[]): number[] | undefined {
  try {
    return pids.flatMap((pid) =>
      readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
        .split(' ')
        .filter(Boolean)
        .map(Number),
    )
  } catch {
    return undefined
  }
}
