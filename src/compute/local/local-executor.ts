import type { Executor, Launch, Observation, Slots } from '../executor.ts'
import { findWorker } from './find-worker.ts'
import { type Protection, type ProtectionKind, probeProtection } from './protection.ts'
import { detectSlots } from './slots.ts'
import {
  ConnectionLost,
  PROTOCOL,
  type WorkerConnection,
  type WorkerRequest,
} from './worker-connection.ts'
import { workerSocketPath } from './worker-program.ts'

export interface LocalExecutorOptions {
  /** Absolute `AMLET_HOME`. */
  readonly home: string
  /** What this machine gives to jobs; what is left out is found out. */
  readonly slots?: Partial<Slots>
  /** Forces a kind of protection instead of the best that there is. */
  readonly protection?: ProtectionKind
  /** After so long without work and without a server the worker leaves. */
  readonly idleSeconds?: number
  /** The file that changes with every start of the machine. */
  readonly bootIdFile?: string
}

interface OpenAttempt {
  readonly runDir: string
  /** Absent for one that was adopted. */
  readonly launch?: Launch
  isRunning: boolean
}

interface FoundAttempt {
  readonly attemptId: string
  readonly runDir: string
}

type Adopted = 'known' | 'absent' | 'unknown'

interface AdoptResult {
  readonly attempts: Readonly<Record<string, Adopted>>
}

const IDLE_SECONDS = 600
const RECONNECT_MS = 1000
const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id'

/**
 * Runs attempts as processes of this machine, through the home's worker. Neither the death of the server
 * nor that of the worker ends them: a new worker finds them by the files of their run folders.
 */
export class LocalExecutor implements Executor {
  readonly type = 'local'
  readonly #options: LocalExecutorOptions
  readonly #open = new Map<string, OpenAttempt>()
  #listener: (observation: Observation) => void = () => {}
  #connection: Promise<WorkerConnection> | undefined
  #protection: Promise<Protection> | undefined
  #slots: Promise<Slots> | undefined
  #workerPid: number | undefined
  #reconnect: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: LocalExecutorOptions) {
    this.#options = options
  }

  /** Of the worker that was last connected. */
  get workerPid(): number | undefined {
    return this.#workerPid
  }

  onObservation(listener: (observation: Observation) => void): void {
    this.#listener = listener
  }

  async submit(launches: readonly Launch[]): Promise<void> {
    const fresh = launches.filter(({ attemptId }) => !this.#open.has(attemptId))
    if (fresh.length === 0) return
    for (const launch of fresh)
      this.#open.set(launch.attemptId, { runDir: launch.runDir, launch, isRunning: false })
    try {
      await this.#request({ type: 'submit', launches: fresh })
    } catch (error) {
      for (const { attemptId } of fresh) this.#open.delete(attemptId)
      throw error
    }
  }

  async adopt(attempts: readonly FoundAttempt[]): Promise<ReadonlyMap<string, Adopted>> {
    if (attempts.length === 0) return new Map()
    for (const { attemptId, runDir } of attempts)
      if (!this.#open.has(attemptId)) this.#open.set(attemptId, { runDir, isRunning: false })
    try {
      const result = (await this.#request({ type: 'adopt', attempts })) as AdoptResult
      const adopted = new Map(Object.entries(result.attempts))
      for (const [id, state] of adopted) if (state === 'absent') this.#open.delete(id)
      return adopted
    } catch {
      return new Map(attempts.map(({ attemptId }) => [attemptId, 'unknown']))
    }
  }

  async cancel(attemptIds: readonly string[], graceSeconds: number): Promise<void> {
    if (attemptIds.length > 0) await this.#request({ type: 'cancel', attemptIds, graceSeconds })
  }

  async probe(): Promise<{ readonly state: 'ok' | 'unreachable'; readonly detail: string }> {
    try {
      await this.#request({ type: 'hello', protocol: PROTOCOL, slots: await this.slots() })
      return { state: 'ok', detail: `worker ${this.#workerPid}` }
    } catch (error) {
      return { state: 'unreachable', detail: (error as Error).message }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#reconnect)
    const connection = await this.#connection?.catch(() => undefined)
    connection?.close()
  }

  /** What keeps the jobs of this home from changing what they read. */
  protection(): Promise<Protection> {
    const { home, protection } = this.#options
    this.#protection ??= protection
      ? Promise.resolve({ kind: protection, detail: 'as configured' })
      : probeProtection(home)
    return this.#protection
  }

  /** What this machine gives to jobs. */
  slots(): Promise<Slots> {
    this.#slots ??= detectSlots(this.#options.slots)
    return this.#slots
  }

  /** Asks the worker; when it dies meanwhile, its successor is asked the same again. */
  async #request(request: WorkerRequest): Promise<unknown> {
    for (;;) {
      const connecting = this.#connect()
      const connection = await connecting
      try {
        return await connection.request(request)
      } catch (error) {
        if (!(error instanceof ConnectionLost) || this.#isClosed) throw error
        this.#forget(connecting)
      }
    }
  }

  #connect(): Promise<WorkerConnection> {
    if (this.#connection === undefined) {
      const connecting = this.#connectAnew()
      this.#connection = connecting
      connecting.catch(() => this.#forget(connecting))
    }
    return this.#connection
  }

  async #connectAnew(): Promise<WorkerConnection> {
    for (;;) {
      try {
        return await this.#connectOnce()
      } catch (error) {
        if (!(error instanceof ConnectionLost) || this.#isClosed) throw error
      }
    }
  }

  async #connectOnce(): Promise<WorkerConnection> {
    const { home, idleSeconds = IDLE_SECONDS, bootIdFile = BOOT_ID_FILE } = this.#options
    const program = {
      home,
      socketPath: workerSocketPath(home),
      protection: (await this.protection()).kind,
      bootIdFile,
      idleSeconds,
    }
    let isReady = false
    const { connection, pid, drained } = await findWorker(program, await this.slots(), {
      onObservation: (observation) => this.#onObservation(observation),
      onClose: () => {
        if (isReady) this.#onClose()
      },
    })
    await this.#handOver(connection, drained)
    isReady = true
    this.#workerPid = pid
    return connection
  }

  /** Makes a worker that may be new know all that is open: what runs is found, the rest is submitted again. */
  async #handOver(connection: WorkerConnection, drained: readonly Launch[]): Promise<void> {
    const attempts = [...this.#open].map(([attemptId, { runDir }]) => ({ attemptId, runDir }))
    const adopted =
      attempts.length === 0
        ? {}
        : ((await connection.request({ type: 'adopt', attempts })) as AdoptResult).attempts
    const absent = [...this.#open.values()].flatMap(({ launch }) =>
      launch && adopted[launch.attemptId] === 'absent' ? [launch] : [],
    )
    const known = new Set(absent.map(({ attemptId }) => attemptId))
    const launches = [...absent, ...drained.filter(({ attemptId }) => !known.has(attemptId))]
    if (launches.length > 0) await connection.request({ type: 'submit', launches })
  }

  /** What nobody submitted or adopted here is passed over: adopting it tells how it is. */
  #onObservation(observation: Observation): void {
    const { attemptId, state } = observation
    const attempt = this.#open.get(attemptId)
    if (attempt === undefined) return
    if (state === 'running') {
      if (attempt.isRunning) return
      attempt.isRunning = true
    } else if (state !== 'queued') this.#open.delete(attemptId)
    this.#listener(observation)
  }

  /** A worker that vanished is replaced at once when somebody waits for what it ran. */
  #onClose(): void {
    if (this.#isClosed) return
    this.#connection = undefined
    if (this.#open.size > 0) this.#connectAgain()
  }

  #connectAgain(): void {
    this.#connect().catch(() => {
      if (this.#isClosed) return
      this.#reconnect = setTimeout(() => this.#connectAgain(), RECONNECT_MS)
    })
  }

  #forget(connecting: Promise<WorkerConnection>): void {
    if (this.#connection === connecting) this.#connection = undefined
  }
}
