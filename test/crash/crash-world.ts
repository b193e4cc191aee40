import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fold, type JobState } from '../../src/core/lifecycle/event.ts'
import { stateOf } from '../../src/engine/live.ts'
import { listAttempts } from '../../src/store/attempts.ts'
import { openDb } from '../../src/store/db.ts'
import { type JobRow, listJobEvents, listTree } from '../../src/store/jobs.ts'
import { isWorker, processesOf, untilGone } from '../support/end-home.ts'
import { makeHome } from '../support/engine-world.ts'

const HOST = path.join(import.meta.dirname, 'host.ts')

export interface HostEnd {
  /** How the pipeline ended; undefined when the host was killed before. */
  readonly status: string | undefined
  /** How many checkpoints it passed. */
  readonly passed: number
}

/** A home, its side file, and hosts that are started on it one after the other. */
export class CrashWorld {
  readonly home: string
  readonly side: string

  constructor(home = makeHome()) {
    this.home = home
    this.side = path.join(makeHome(), 'started')
    writeFileSync(this.side, '')
  }

  start(name: string, variables: Readonly<Record<string, string>> = {}): ChildProcess {
    const env = { ...process.env, SIDE_FILE: this.side, ...variables }
    return spawn(process.execPath, [HOST, this.home, name], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** Runs a host until it has brought the pipeline to its end or is killed. */
  async run(name: string, variables: Readonly<Record<string, string>> = {}): Promise<HostEnd> {
    return this.ended(this.start(name, variables))
  }

  async ended(child: ChildProcess): Promise<HostEnd> {
    let text = ''
    let errors = ''
    child.stdout?.on('data', (chunk) => (text += chunk))
    child.stderr?.on('data', (chunk) => (errors += chunk))
    const [code, signal] = await once(child, 'close')
    assert.ok(code === 0 || signal === 'SIGKILL', `the host ended with ${code}: ${errors}`)
    const line = text.split('\n').find((found) => found.startsWith('{'))
    if (line === undefined) return { status: undefined, passed: 0 }
    return JSON.parse(line) as HostEnd
  }

  /** Kills the workers of this home, found by their command line. */
  killWorkers(): void {
    for (const pid of processesOf(this.home)) if (isWorker(pid)) kill(pid)
  }

  /** Kills everything that belongs to this home, as a machine does that goes down. */
  killAll(): void {
    const pids = processesOf(this.home)
    for (const pid of pids) kill(pid)
    untilGone(pids)
  }

  starts(name: string): string[] {
    const lines = readFileSync(this.side, 'utf8').split('\n')
    return lines
      .filter((line) => line.startsWith(`${name}-`))
      .map((line) => line.slice(name.length + 1))
  }

  read<T>(work: (db: ReturnType<typeof openDb>) => T): T {
    const db = openDb(path.join(this.home, 'amlet.db'), { readOnly: true })
    try {
      return work(db)
    } finally {
      db.close()
    }
  }

  /** What must be so however often everything was killed. */
  check(name: string): void {
    assert.deepEqual(this.starts(name).sort(), ['a', 'b', 'c'], `${name}: every step ran once`)
    this.checkRows(name)
    const out = path.join(
      this.home,
      'datastores/workspaceblobstore/azureml',
      `${name}-inner-c`,
      'out/n',
    )
    assert.equal(readFileSync(out, 'utf8'), 'a\na\nb\nc\n', `${name}: the output is whole`)
    const staging = path.join(this.home, 'datastores/workspaceblobstore/.staging')
    assert.deepEqual(
      existsSync(staging) ? readdirSync(staging) : [],
      [],
      'nothing is left in staging',
    )
  }

  checkRows(name: string): JobRow[] {
    return this.read((db) => {
      const rows = listTree(db, name)
      assert.equal(rows.length, 5)
      for (const row of rows) {
        assert.equal(row.status, 'Completed', `${row.name} is ${row.status}: ${row.reason}`)
        const events = listJobEvents(db, row.name)
        const folded = events.reduce<JobState | undefined>(
          (state, { event, atMs }) => fold(state, event, atMs),
          undefined,
        )
        assert.deepEqual(stateOf(row), folded, `${row.name}: its row is the fold of its events`)
        const open = listAttempts(db, row.name).filter((attempt) => attempt.endedMs === null)
        assert.deepEqual(open, [], `${row.name}: no attempt is left open`)
      }
      assert.deepEqual(db.all('select * from intent'), [], 'no intent is left')
      return rows
    })
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/** Resolves once the file holds text that `isSo` says yes to. */
export function untilFile(file: string, isSo: (text: string) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!isSo(readFileSync(file, 'utf8'))) return
      watcher.close()
      resolve()
    }
    const watcher = watch(file, look)
    look()
  })
}

/** Resolves once the process has printed a line that `isSo` says yes to. */
export async function untilLine(
  stream: NodeJS.ReadableStream | null,
  isSo: (line: string) => boolean,
): Promise<void> {
  if (stream === null) throw new Error('the process has no such stream')
  for await (const line of createInterface({ input: stream })) if (isSo(line)) return
  throw new Error('the stream ended before the line came')
}
