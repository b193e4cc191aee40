import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'

/** Waits for the ends of processes that need not be our children: an event of the kernel, which Node has no word for. */
const UNTIL_ENDED = `
import os, select, sys
for pid in sys.argv[1:]:
    try:
        end = os.pidfd_open(int(pid))
    except ProcessLookupError:
        continue
    select.select([end], [], [])
    os.close(end)
`

/** Waits until none of these processes is alive any more. */
export function untilGone(pids: readonly number[]): void {
  if (pids.length > 0) execFileSync('python3', ['-I', '-c', UNTIL_ENDED, ...pids.map(String)])
}

/**
 * Ends whatever still runs for a home that is about to go, its worker, attempts and builds, and removes it when none of
 * them can write there any more.
 */
export function removeHome(home: string): void {
  for (;;) {
    const pids = processesOf(home)
    if (pids.length === 0) break
    for (const pid of pids) signal(pid, isWorker(pid) ? 'SIGTERM' : 'SIGKILL')
    untilGone(pids)
  }
  rmSync(home, { recursive: true, force: true })
}

/**
 * Processes that name the home in their words or variables, or work below it. Zombies name nothing. None where there is no
 * `/proc` to ask.
 */
export function processesOf(home: string): number[] {
  if (!existsSync('/proc/self')) return []
  const pids = readdirSync('/proc').map(Number)
  return pids.filter((pid) => {
    if (!(pid > 0) || pid === process.pid) return false
    const at = read(() => readlinkSync(`/proc/${pid}/cwd`))
    return (
      at === home ||
      at.startsWith(`${home}/`) ||
      wordsOf(pid).includes(home) ||
      read(() => readFileSync(`/proc/${pid}/environ`, 'latin1')).includes(home)
    )
  })
}

/** By its words: the worker cleans up behind itself when it is asked to leave. */
export function isWorker(pid: number): boolean {
  return /worker\/main\.[tj]s/.test(wordsOf(pid))
}

const wordsOf = (pid: number) => read(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1'))

/** Empty for a process that has ended meanwhile, or is another user's. */
function read(work: () => string): string {
  try {
    return work()
  } catch {
    return ''
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended meanwhile.
  }
}
