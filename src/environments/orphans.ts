import { readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

/**
 * A builder outlives a server that is killed, and goes on writing where the next build wants to write. So it is noted
 * beside the folder, and ended before anybody else builds there.
 */
interface Builder {
  readonly pid: number
  /** The kernel's start time: a pid is used again, this is not. */
  readonly startedAt: string
}

const POLL_MS = 20
const MOST_POLLS = 250

const noteOf = (folder: string) => `${folder}.builder`

/** Notes the process group that builds in a folder; the note of one that has ended does no harm. */
export function noteBuilder(folder: string, pid: number): void {
  const startedAt = startOf(pid)
  if (startedAt !== undefined)
    writeFileSync(noteOf(folder), JSON.stringify({ pid, startedAt } satisfies Builder))
}

/** Ends what still builds in a folder, and resolves when it has ended. */
export async function endOrphan(folder: string): Promise<boolean> {
  const builder = readNote(folder)
  const isRunning = () => builder !== undefined && startOf(builder.pid) === builder.startedAt
  const wasRunning = isRunning()
  if (wasRunning && builder !== undefined) {
    process.kill(-builder.pid, 'SIGKILL')
    for (let polls = 0; isRunning() && polls < MOST_POLLS; polls += 1) await wait(POLL_MS)
  }
  await forgetBuilder(folder)
  return wasRunning
}

/** Nothing builds there any more. */
export async function forgetBuilder(folder: string): Promise<void> {
  await rm(noteOf(folder), { force: true })
}

function readNote(folder: string): Builder | undefined {
  try {
    return JSON.parse(readFileSync(noteOf(folder), 'utf8')) as Builder
  } catch {
    return undefined
  }
}

/** Undefined for a process that has ended, and where there is no `/proc`. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}
