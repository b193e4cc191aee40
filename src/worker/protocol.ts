/**
 * What a server and the worker say to each other: one JSON object a line over a unix socket. The worker
 * imports nothing, so the shapes of `compute/executor.ts` are written down here once more; a test holds
 * the two together. `hello` and `drain` never change: any build can drain the worker of any other.
 */
export const PROTOCOL = 1

export interface Slots {
  readonly cpus: number
  readonly gpus: number
  readonly memoryBytes: number
}

export interface Pool extends Partial<Slots> {
  readonly name: string
}

export type PrepareStep =
  | { readonly op: 'mkdir'; readonly path: string }
  | {
      readonly op: 'link'
      readonly path: string
      readonly target: string
      readonly readOnly: boolean
      readonly asMount?: boolean
    }
  | { readonly op: 'copy'; readonly path: string; readonly target: string }
  | { readonly op: 'write'; readonly path: string; readonly text: string; readonly mode?: number }

export interface Launch {
  readonly attemptId: string
  readonly jobName: string
  readonly runDir: string
  readonly workDir: string
  readonly command: string
  readonly env: Readonly<Record<string, string>>
  readonly prepare: readonly PrepareStep[]
  readonly slots: Slots
  readonly pool?: Pool
  readonly processCount: number
  readonly nodeCount: number
  readonly distribution?: { readonly type: string } & Readonly<Record<string, unknown>>
  readonly timeoutSeconds?: number
  readonly graceSeconds: number
}

export type StopCause = 'cancel' | 'timeLimit'
type LostCause = 'gone' | 'reboot'

/** What became of an attempt, without its name and the time. */
export type Outcome =
  | { readonly state: 'queued'; readonly reason: string; readonly blocking: 'engine' }
  | { readonly state: 'running'; readonly engineId: string }
  | {
      readonly state: 'exited'
      readonly code: number | null
      readonly signal: string | null
      readonly stopped?: StopCause
    }
  | { readonly state: 'notStarted'; readonly message: string }
  | { readonly state: 'lost'; readonly cause: LostCause }

export type Observation = Outcome & {
  readonly attemptId: string
  readonly atMs: number
  readonly source: 'exit-file' | 'heartbeat' | 'engine'
}

export interface FoundAttempt {
  readonly attemptId: string
  readonly runDir: string
}

export type Adopted = 'known' | 'absent' | 'unknown'

export type Request =
  | { readonly type: 'hello'; readonly protocol: number; readonly slots: Slots }
  | { readonly type: 'submit'; readonly launches: readonly Launch[] }
  | { readonly type: 'adopt'; readonly attempts: readonly FoundAttempt[] }
  | {
      readonly type: 'cancel'
      readonly attemptIds: readonly string[]
      readonly graceSeconds: number
    }
  /** The worker hands back what it has not started, and leaves. What runs goes on. */
  | { readonly type: 'drain' }

export type RequestLine = Request & { readonly id: number }

interface HelloResult {
  readonly protocol: number
  readonly build: string
  readonly pid: number
}

interface DrainResult {
  readonly launches: readonly Launch[]
}

interface AdoptResult {
  readonly attempts: Readonly<Record<string, Adopted>>
}

/** What a request is answered with; an empty object when there is nothing to say. */
export type Result = HelloResult | DrainResult | AdoptResult | Record<string, never>

export type ReplyLine =
  | { readonly id: number; readonly result: Result }
  | { readonly id: number; readonly error: string }

export type ObservationLine = { readonly type: 'observation'; readonly observation: Observation }
