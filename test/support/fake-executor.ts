import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Executor, Launch, Observation } from '../../src/compute/executor.ts'
import { AmletError } from '../../src/core/errors.ts'

type End = { readonly code?: number; readonly signal?: string; readonly lost?: boolean }

/** What a fake process does: writes its outputs and says how it ends. Absent: it runs until it is told to end. */
export type Behaviour = (launch: Launch) => End | undefined | Promise<End | undefined>

/** Runs nothing: attempts end as the test says. Keeps what it was asked for. */
export class FakeExecutor implements Executor {
  readonly type = 'local'
  readonly launches: Launch[] = []
  readonly running = new Map<string, Launch>()
  behaviour: Behaviour
  /** The clock of its processes. */
  now: () => number = Date.now
  #listener: (observation: Observation) => void = () => {}
  readonly #waiters: (() => void)[] = []

  constructor(behaviour: Behaviour = () => undefined) {
    this.behaviour = behaviour
  }

  async submit(launches: readonly Launch[]): Promise<void> {
    for (const launch of launches) {
      if (this.launches.some((known) => known.attemptId === launch.attemptId)) continue
      this.launches.push(launch)
      this.running.set(launch.attemptId, launch)
      this.#see(launch.attemptId, { state: 'running', engineId: '1' })
      void this.#behave(launch)
    }
    for (const wake of this.#waiters.splice(0)) wake()
  }

  async #behave(launch: Launch): Promise<void> {
    const end = await this.behaviour(launch)
    if (end !== undefined) this.end(launch, end)
  }

  /** The launch of a job, once it has been submitted. */
  async launchOf(job: string): Promise<Launch> {
    for (;;) {
      const launch = this.launches.findLast(({ jobName }) => jobName === job)
      if (launch !== undefined) return launch
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
  }

  end(launch: Launch, { code = 0, signal, lost = false }: End): void {
    this.running.delete(launch.attemptId)
    if (lost) this.#see(launch.attemptId, { state: 'lost', cause: 'gone' })
    else
      this.#see(launch.attemptId, {
        state: 'exited',
        code: signal === undefined ? code : null,
        signal: signal ?? null,
      })
  }

  async adopt(attempts: readonly { readonly attemptId: string }[]) {
    return new Map(
      attempts.map(({ attemptId }) => [
        attemptId,
        this.launches.some((launch) => launch.attemptId === attemptId)
          ? ('known' as const)
          : ('absent' as const),
      ]),
    )
  }

  onObservation(listener: (observation: Observation) => void): void {
    this.#listener = listener
  }

  async cancel(attemptIds: readonly string[]): Promise<void> {
    for (const id of attemptIds) {
      const launch = this.running.get(id)
      if (launch === undefined) continue
      this.running.delete(id)
      this.#see(id, { state: 'exited', code: null, signal: 'SIGTERM', stopped: 'cancel' })
    }
  }

  async probe() {
    return { state: 'ok' as const, detail: '' }
  }

  async close(): Promise<void> {}

  #see(attemptId: string, what: Record<string, unknown>): void {
    const seen = { attemptId, atMs: this.now(), source: 'exit-file', ...what } as Observation
    setImmediate(() => this.#listener(seen))
  }
}

/** Writes a file into an output of a launch, as a process would. */
export function writeOutput(launch: Launch, name: string, text: string): void {
  const link = launch.prepare.find(
    (step) => step.op === 'link' && path.basename(step.path) === name,
  )
  if (link?.op !== 'link') throw new Error(`${launch.jobName} has no output ${name}`)
  const given = launch.env[`AZURE_ML_OUTPUT_${name}`] ?? ''
  const file = given === link.path ? 'data.txt' : path.basename(given)
  writeFileSync(path.join(link.target, file), text)
}

/** An engine that does not answer. */
export class SilentExecutor extends FakeExecutor {
  override async submit(): Promise<void> {
    throw new AmletError({ code: 'ExecutorUnavailable', message: 'no answer' })
  }
}
