import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, watch, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Launch, Observation } from '../../src/compute/executor.ts'
import { LocalExecutor, type LocalExecutorOptions } from '../../src/compute/local/local-executor.ts'
import { removeHome } from '../support/end-home.ts'

export type End = Extract<Observation, { state: 'exited' | 'lost' | 'notStarted' }>

/** A home of its own, with executors that come and go like servers do. */
export interface World {
  readonly home: string
  /** A server's side. Several in a row see the same attempts. */
  open(options?: Partial<LocalExecutorOptions>): Seen
  launch(command: string, more?: Partial<Launch>): Launch
  log(launch: Launch, file?: string): string
  /** Ends the worker and what it runs, and removes the home. */
  close(): Promise<void>
}

/** An executor with everything it has observed. */
export interface Seen {
  readonly executor: LocalExecutor
  readonly observations: readonly Observation[]
  /** Resolves with the first observation that `matches`, past ones included. */
  until(matches: (observation: Observation) => boolean): Promise<Observation>
  untilRunning(launch: Launch): Promise<Observation>
  end(launch: Launch): Promise<End>
  /** Submits and waits for the end. */
  run(launch: Launch): Promise<End>
}

/** The engines that the conformance suite goes through. */
export const EXECUTORS: readonly { readonly type: string; readonly makeWorld: () => World }[] = [
  { type: 'local', makeWorld: makeLocalWorld },
]

export function makeLocalWorld(): World {
  const home = mkdtempSync(path.join(os.tmpdir(), 'amlet-exec-'))
  const seen: LocalExecutor[] = []
  return {
    home,
    open: (options) => {
      const executor = new LocalExecutor({ home, slots: { cpus: 4 }, ...options })
      seen.push(executor)
      return observe(executor)
    },
    launch: (command, more) => makeLaunch(home, command, more),
    log: ({ runDir }, file = 'std_log.txt') =>
      readFileSync(path.join(runDir, 'user_logs', file), 'utf8'),
    close: async () => {
      await Promise.all(seen.map((executor) => executor.close()))
      removeHome(home)
    },
  }
}

function makeLaunch(home: string, command: string, more: Partial<Launch> = {}): Launch {
  const attemptId = randomUUID()
  const runDir = path.join(home, 'runs', attemptId)
  return {
    attemptId,
    jobName: `job-${attemptId.slice(0, 8)}`,
    runDir,
    workDir: path.join(runDir, 'exe', 'wd'),
    command,
    env: { PATH: process.env['PATH'] ?? '' },
    prepare: [],
    slots: { cpus: 1, gpus: 0, memoryBytes: 0 },
    processCount: 1,
    nodeCount: 1,
    graceSeconds: 5,
    ...more,
  }
}

function observe(executor: LocalExecutor): Seen {
  const observations: Observation[] = []
  const waiting = new Set<() => void>()
  executor.onObservation((observation) => {
    observations.push(observation)
    for (const look of [...waiting]) look()
  })
  const until = (matches: (observation: Observation) => boolean) =>
    new Promise<Observation>((resolve) => {
      const look = () => {
        const found = observations.find(matches)
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  const end = async ({ attemptId }: Launch) =>
    (await until((seen) => seen.attemptId === attemptId && isEnd(seen))) as End
  return {
    executor,
    observations,
    until,
    untilRunning: ({ attemptId }) =>
      until((seen) => seen.attemptId === attemptId && seen.state === 'running'),
    end,
    run: async (launch) => {
      await executor.submit([launch])
      return await end(launch)
    },
  }
}

export const isEnd = ({ state }: Observation): boolean =>
  state === 'exited' || state === 'lost' || state === 'notStarted'

/** The pid in `attempt.json`, 0 when nothing was started. */
export function wrapperPid(runDir: string): number {
  try {
    return JSON.parse(readFileSync(path.join(runDir, 'attempt.json'), 'utf8')).pid
  } catch {
    return 0
  }
}

export function killIfThere(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    if (pid > 0) process.kill(pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}

/** Resolves when `isTrue` says so, looking again whenever something changes right in `folder`. */
export function untilFiles(folder: string, isTrue: () => boolean): Promise<void> {
  mkdirSync(folder, { recursive: true })
  return new Promise((resolve) => {
    const watcher = watch(folder, () => look())
    const look = () => {
      if (!isTrue()) return
      watcher.close()
      resolve()
    }
    look()
  })
}

/** A boot id file that says that the machine was started another time. */
export function makeBootIdFile(home: string): string {
  const file = path.join(home, 'boot-id')
  writeFileSync(file, `${randomUUID()}\n`)
  return file
}
