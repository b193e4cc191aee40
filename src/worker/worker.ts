import { setImmediate } from 'node:timers/promises'
import {
  type AttemptFacts,
  completeEnd,
  type End,
  readEnd,
  readFacts,
  readStop,
  saveEnd,
  writeEnd,
} from './attempt-files.ts'
import { FoundAttempts } from './found-attempts.ts'
import { launchWords } from './launch-words.ts'
import type { Places } from './places.ts'
import { prepareLaunch } from './prepare.ts'
import { killProcesses, livingAttempts } from './process-table.ts'
import type {
  Adopted,
  FoundAttempt,
  Launch,
  Observation,
  Outcome,
  Slots,
  StopCause,
} from './protocol.ts'
import { SlotQueue } from './slot-queue.ts'
import type { SpareFolders } from './spare-folders.ts'
import { Stop } from './stop.ts'
import { endStrays, Strays } from './strays.ts'
import { afterDelay } from './timer.ts'
import { type Report, Wrappers } from './wrappers.ts'

export interface WorkerOptions {
  readonly bootId: string
  readonly places: Places
  readonly spareFolders: SpareFolders
  /** Private folder for what the wrappers read at their start. */
  readonly launchFolder: string
  readonly report: (observation: Observation) => void
}

interface Attempt {
  readonly attemptId: string
  readonly runDir: string
  readonly launch?: Launch
  /** `ending`: its command has ended, and what that left behind is being ended. */
  state: 'preparing' | 'queued' | 'running' | 'ending'
  pid: number
  stop?: Stop
  cancelTimeLimit?: () => void
}

/** Launches prepared before other events are looked at again. */
const PREPARED_AT_ONCE = 20

/** Runs the attempts of one machine. What must survive it stands in the run folders. */
export class Worker {
  readonly #options: WorkerOptions
  readonly #attempts = new Map<string, Attempt>()
  readonly #queue = new SlotQueue({ cpus: 0, gpus: 0, memoryBytes: 0 })
  readonly #found: FoundAttempts
  readonly #wrappers: Wrappers
  readonly #strays = new Strays()
  #isDraining = false

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#found = new FoundAttempts((attemptId) => this.#onFoundGone(attemptId))
    this.#wrappers = new Wrappers(options.launchFolder, {
      onReport: (attemptId, report) => this.#onReport(attemptId, report),
    })
  }

  get isIdle(): boolean {
    return this.#attempts.size === 0
  }

  setSlots(total: Slots): void {
    this.#queue.resize(total)
  }

  async submit(launches: readonly Launch[]): Promise<void> {
    const fresh = launches.filter((launch) => this.#register(launch))
    for (const [i, launch] of fresh.entries()) {
      if (i % PREPARED_AT_ONCE === PREPARED_AT_ONCE - 1) await setImmediate()
      this.#prepare(launch)
    }
  }

  adopt(attempts: readonly FoundAttempt[]): Record<string, Adopted> {
    const living = livingAttempts()
    const adopted = attempts.map((found) => [found.attemptId, this.#adoptOne(found, living)])
    return Object.fromEntries(adopted)
  }

  cancel(attemptIds: readonly string[], graceSeconds: number): void {
    for (const id of attemptIds) {
      const attempt = this.#attempts.get(id)
      if (attempt === undefined || attempt.state === 'ending') continue
      if (attempt.state === 'running') this.#stop(attempt, 'cancel', graceSeconds)
      else this.#endUnstarted(attempt, CANCELED)
    }
    this.#startNext()
  }

  /** Starts nothing more, and gives back what was not started. */
  drain(): Launch[] {
    this.#isDraining = true
    return [...this.#attempts.values()].flatMap(({ state, launch }) =>
      (state === 'preparing' || state === 'queued') && launch ? [launch] : [],
    )
  }

  /** False when the launch is known, over, or impossible. */
  #register(launch: Launch): boolean {
    const { attemptId, runDir } = launch
    if (this.#attempts.has(attemptId)) return false
    if (this.#adoptOne(launch) !== 'absent') return false
    const refusal = this.#queue.refusal(launch)
    const attempt: Attempt = { attemptId, runDir, launch, state: 'preparing', pid: 0 }
    this.#attempts.set(attemptId, attempt)
    if (refusal === undefined) this.#queue.add(attemptId, launch)
    else
      this.#endUnstarted(attempt, {
        state: 'notStarted',
        message: `this job can never start: ${refusal}`,
      })
    return refusal === undefined
  }

  #prepare(launch: Launch): void {
    const attempt = this.#attempts.get(launch.attemptId)
    if (attempt?.state !== 'preparing') return
    try {
      const there = this.#options.spareFolders.use(launch.runDir)
      const copying = prepareLaunch(launch, this.#options.places, there)
      if (copying === undefined) this.#onPrepared(attempt)
      else
        copying.then(
          () => this.#onPrepared(attempt),
          (error) => this.#onNotPrepared(attempt, error),
        )
    } catch (error) {
      this.#onNotPrepared(attempt, error)
    }
  }

  #onPrepared(attempt: Attempt): void {
    if (attempt.state !== 'preparing' || !this.#attempts.has(attempt.attemptId)) return
    attempt.state = 'queued'
    this.#queue.markReady(attempt.attemptId)
    this.#startNext()
    if (attempt.state === 'queued') this.#reportQueued(attempt)
  }

  #onNotPrepared(attempt: Attempt, error: unknown): void {
    if (!this.#attempts.has(attempt.attemptId)) return
    this.#endUnstarted(attempt, { state: 'notStarted', message: describe(error) })
    this.#startNext()
  }

  #startNext(): void {
    if (this.#isDraining) return
    for (const { id, gpuIds } of this.#queue.take()) {
      const attempt = this.#attempts.get(id)
      if (attempt?.launch) void this.#start(attempt, attempt.launch, gpuIds)
    }
  }

  async #start(attempt: Attempt, launch: Launch, gpuIds: readonly number[]): Promise<void> {
    attempt.state = 'running'
    const { bootId } = this.#options
    const startedAtMs = Date.now()
    try {
      const words = launchWords({ launch, gpuIds, bootId, startedAtMs })
      this.#wrappers.start(attempt.attemptId, words instanceof Promise ? await words : words)
      this.#limitTime(attempt, startedAtMs, launch)
    } catch (error) {
      this.#endUnstarted(attempt, { state: 'notStarted', message: describe(error) })
      this.#startNext()
    }
  }

  #onReport(attemptId: string, report: Report): void {
    const attempt = this.#attempts.get(attemptId)
    if (attempt === undefined) return
    if (report.type === 'started') this.#onStarted(attempt, report)
    else if (report.type === 'ended') this.#onEnded(attempt, report)
    else if (report.type === 'known') this.#watchFound(attempt, readFacts(attempt.runDir) ?? null)
    else {
      this.#endUnstarted(attempt, { state: 'notStarted', message: CANNOT_WRITE })
      this.#startNext()
    }
  }

  #onStarted(
    attempt: Attempt,
    started: { readonly pid: number; readonly startTime: number },
  ): void {
    attempt.pid = started.pid
    this.#report(attempt, { state: 'running', engineId: String(attempt.pid) }, 'engine')
    this.#found.guard({ attemptId: attempt.attemptId, runDir: attempt.runDir, ...started })
    if (attempt.stop) attempt.stop.signal(attempt.pid)
    this.#options.spareFolders.refill()
  }

  #onEnded(
    attempt: Attempt,
    { end, isWritten }: { readonly end: string; readonly isWritten: boolean },
  ): void {
    const told = saveEnd(attempt.runDir, end, isWritten)
    if (told === undefined) {
      this.#onFoundGone(attempt.attemptId)
      return
    }
    const { atMs } = told
    const stopped = attempt.stop?.cause
    const outcome = { ...told.outcome, ...(stopped && { stopped }) }
    if (this.#strays.mayBeLeft(attempt.attemptId)) {
      void this.#endWithStrays(attempt, { outcome, atMs })
      return
    }
    this.#end(attempt, outcome, atMs)
    this.#startNext()
  }

  /** The end is told when nothing of the attempt can write any more; until then it keeps its slots. */
  async #endWithStrays(attempt: Attempt, end: { outcome: End; atMs: number }): Promise<void> {
    if (attempt.state === 'ending') return
    attempt.state = 'ending'
    this.#letGo(attempt)
    await endStrays(attempt.attemptId)
    this.#end(attempt, end.outcome, end.atMs)
    this.#startNext()
  }

  /** The wrapper is gone and told no end: it was killed, by us or behind our back. */
  async #endWithoutFile(attempt: Attempt): Promise<void> {
    await killProcesses(attempt.attemptId)
    const stopped = readStop(attempt.runDir)
    if (stopped === undefined) this.#end(attempt, { state: 'lost', cause: 'gone' }, Date.now())
    else this.#endUnstarted(attempt, { state: 'exited', code: null, signal: 'SIGKILL', stopped })
    this.#startNext()
  }

  /** Ends an attempt that has no wrapper to write its end. */
  #endUnstarted(attempt: Attempt, end: End): void {
    const atMs = Date.now()
    try {
      writeEnd(attempt.runDir, end, atMs)
    } catch {
      // On a full disk the observation alone has to do.
    }
    this.#end(attempt, end, atMs)
  }

  #end(attempt: Attempt, outcome: Outcome, atMs: number): void {
    this.#letGo(attempt)
    this.#attempts.delete(attempt.attemptId)
    this.#options.places.release(attempt.runDir)
    this.#queue.release(attempt.attemptId)
    const source = outcome.state === 'exited' ? 'exit-file' : 'engine'
    this.#options.report({ ...outcome, attemptId: attempt.attemptId, atMs, source })
  }

  /** Its wrapper may run another attempt already: it is neither watched nor signalled any more. */
  #letGo(attempt: Attempt): void {
    attempt.stop?.over()
    attempt.cancelTimeLimit?.()
    this.#found.forget(attempt.attemptId)
  }

  #stop(attempt: Attempt, cause: StopCause, graceSeconds: number): void {
    if (attempt.stop === undefined && readEnd(attempt.runDir)) return
    attempt.stop ??= new Stop(attempt, cause)
    attempt.stop.begin(graceSeconds)
    if (attempt.pid !== 0) attempt.stop.signal(attempt.pid)
  }

  #limitTime(
    attempt: Attempt,
    startedAtMs: number,
    limit: { readonly timeoutSeconds?: number; readonly graceSeconds: number },
  ): void {
    if (limit.timeoutSeconds === undefined) return
    const endMs = startedAtMs + limit.timeoutSeconds * 1000
    attempt.cancelTimeLimit = afterDelay(endMs - Date.now(), () =>
      this.#stop(attempt, 'timeLimit', limit.graceSeconds),
    )
  }

  /** @param living attempts that have processes; looked up when it is not given. */
  #adoptOne({ attemptId, runDir }: FoundAttempt, living?: ReadonlySet<string>): Adopted {
    const attempt = this.#attempts.get(attemptId)
    if (attempt) return this.#reportAgain(attempt)
    const found: Attempt = { attemptId, runDir, state: 'running', pid: 0 }
    const end = completeEnd(runDir) ? readEnd(runDir) : undefined
    if (end) {
      const isLeft = (living ?? livingAttempts()).has(attemptId)
      if (isLeft) {
        this.#attempts.set(attemptId, found)
        void this.#endWithStrays(found, end)
      } else this.#end(found, end.outcome, end.atMs)
      return 'known'
    }
    const facts = readFacts(runDir)
    if (facts === undefined) return 'absent'
    if (facts !== null && facts.bootId !== this.#options.bootId) {
      this.#endAfterReboot(found)
      return 'known'
    }
    this.#attempts.set(attemptId, found)
    this.#watchFound(found, facts)
    return 'known'
  }

  #reportAgain(attempt: Attempt): Adopted {
    if (attempt.state === 'queued') this.#reportQueued(attempt)
    if (attempt.state === 'running' && attempt.pid !== 0)
      this.#report(attempt, { state: 'running', engineId: String(attempt.pid) }, 'heartbeat')
    return 'known'
  }

  #endAfterReboot(attempt: Attempt): void {
    const stopped = readStop(attempt.runDir)
    if (stopped === undefined) this.#end(attempt, { state: 'lost', cause: 'reboot' }, Date.now())
    else this.#endUnstarted(attempt, { state: 'exited', code: null, signal: 'SIGKILL', stopped })
  }

  /** Takes over an attempt that another worker started; `facts` is null while they are being written. */
  #watchFound(attempt: Attempt, facts: AttemptFacts | null): void {
    attempt.pid = facts?.pid ?? 0
    if (facts) {
      this.#queue.hold(attempt.attemptId, facts, facts.gpuIds)
      this.#report(attempt, { state: 'running', engineId: String(facts.pid) }, 'heartbeat')
      this.#limitTime(attempt, facts.startedAtMs, facts)
      const stopped = readStop(attempt.runDir)
      if (stopped) this.#stop(attempt, stopped, facts.graceSeconds)
    }
    this.#found.watch(attempt)
  }

  #onFoundGone(attemptId: string): void {
    const attempt = this.#attempts.get(attemptId)
    if (attempt === undefined) return
    const end = completeEnd(attempt.runDir) ? readEnd(attempt.runDir) : undefined
    void (end ? this.#endWithStrays(attempt, end) : this.#endWithoutFile(attempt))
    this.#startNext()
  }

  #reportQueued(attempt: Attempt): void {
    if (attempt.launch === undefined) return
    const reason = this.#queue.reason(attempt.launch)
    this.#report(attempt, { state: 'queued', reason, blocking: 'engine' }, 'engine')
  }

  #report({ attemptId }: Attempt, outcome: Outcome, source: Observation['source']): void {
    this.#options.report({ ...outcome, attemptId, atMs: Date.now(), source })
  }
}

const CANCELED: End = { state: 'exited', code: null, signal: null, stopped: 'cancel' }
const CANNOT_WRITE = 'the run folder could not be written; is the disk full?'

function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC') return 'no space is left on the disk'
  return message
}
