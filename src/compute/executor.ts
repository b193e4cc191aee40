/**
 * What every engine must do for amlet. An executor runs attempts; it knows nothing of pipelines, and the
 * planner nothing of engines. It keeps no job state: the server may be killed at any instant.
 */

import type { Slots } from '../core/compute/sizes.ts'

export type { Slots }

/** One folder, link or copy to make before the process starts. Paths are absolute. */
export type PrepareStep =
  | { readonly op: 'mkdir'; readonly path: string }
  /** A symlink at `path` to `target`, whose own bytes the attempt must not be able to change. */
  | {
      readonly op: 'link'
      readonly path: string
      readonly target: string
      readonly readOnly: boolean
      /** Shown at `path` itself where a namespace allows it: programs such as `cp -r` and `find` stop at a link. */
      readonly asMount?: boolean
    }
  /** A private, writable copy. */
  | { readonly op: 'copy'; readonly path: string; readonly target: string }
  | { readonly op: 'write'; readonly path: string; readonly text: string; readonly mode?: number }

/** A share of a machine: attempts with one of the same name hold at most this together. */
interface Pool extends Partial<Slots> {
  readonly name: string
}

/** All an engine needs to start one attempt. Serialisable. */
export interface Launch {
  /** UUID, the attempt's identity in every engine. */
  readonly attemptId: string
  readonly jobName: string
  /** Absolute `runs/<attempt>`; log files, `exit.json` and the working directory live below it. */
  readonly runDir: string
  /** Working directory of the process, `<runDir>/exe/wd`. */
  readonly workDir: string
  /** Given to `bash -c`. */
  readonly command: string
  readonly env: Readonly<Record<string, string>>
  readonly prepare: readonly PrepareStep[]
  /** What all its processes together hold while it runs. */
  readonly slots: Slots
  readonly pool?: Pool
  /** Number of processes per node and of nodes, 1 and 1 for an ordinary job. */
  readonly processCount: number
  readonly nodeCount: number
  readonly distribution?: { readonly type: string } & Readonly<Record<string, unknown>>
  /** Seconds of running after which the attempt is stopped with cause `timeLimit`. */
  readonly timeoutSeconds?: number
  readonly graceSeconds: number
}

type LostCause = 'node' | 'preempted' | 'memory' | 'gone' | 'canceledOutside' | 'reboot'

export type Observation = {
  readonly attemptId: string
  readonly atMs: number
  readonly source: 'exit-file' | 'heartbeat' | 'engine'
} & (
  | { readonly state: 'queued'; readonly reason?: string; readonly blocking?: 'user' | 'engine' }
  | { readonly state: 'running'; readonly engineId: string }
  /** `stopped` says who ended it, when it was not the process itself. */
  | {
      readonly state: 'exited'
      readonly code: number | null
      readonly signal: string | null
      readonly stopped?: 'cancel' | 'timeLimit'
    }
  /** The attempt could not be prepared: a missing input, a full disk. */
  | { readonly state: 'notStarted'; readonly message: string }
  | { readonly state: 'lost'; readonly cause: LostCause }
)

export interface Executor {
  /** The value of a compute's `type:` that selects this executor, e.g. `local`, `slurm`. */
  readonly type: string

  /**
   * Starts launches, as few calls to the engine as it allows. Asking again with the same `attemptId` does
   * nothing: after a crash nobody knows whether a call went through.
   *
   * @throws AmletError `ExecutorUnavailable` when the engine does not answer; follow with `adopt`.
   */
  submit(launches: readonly Launch[]): Promise<void>

  /**
   * Says which of these attempts the engine knows, and goes on observing them. `absent` is certain (no
   * process, no exit file), `unknown` is not. An attempt that has ended meanwhile is `known`: its
   * observation follows.
   */
  adopt(
    attempts: readonly { readonly attemptId: string; readonly runDir: string }[],
  ): Promise<ReadonlyMap<string, 'known' | 'absent' | 'unknown'>>

  /** Called for every observation of every attempt, in order. Set once, before the first submit. */
  onObservation(listener: (observation: Observation) => void): void

  /** Asks for an end: SIGTERM, then SIGKILL after `graceSeconds`. Resolves when asked, not when ended. */
  cancel(attemptIds: readonly string[], graceSeconds: number): Promise<void>

  /** How the engine is. `unreachable` freezes verdicts; it never fails a job. */
  probe(): Promise<{ readonly state: 'ok' | 'unreachable'; readonly detail: string }>

  /** Stops looking. Attempts go on. */
  close(): Promise<void>
}
