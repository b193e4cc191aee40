import { writeStop } from './attempt-files.ts'
import { sendSignal, signalProcesses } from './process-table.ts'
import type { StopCause } from './protocol.ts'
import { afterDelay } from './timer.ts'

/** What the wrapper gets to kill its processes and write the end, before it is killed itself. */
const LAST_RESORT_MS = 5000

/**
 * The end of a running attempt: TERM, then KILL after the grace. The wrapper passes both on and writes
 * `exit.json`; processes that left its groups are found by their environment.
 */
export class Stop {
  readonly cause: StopCause
  readonly #attemptId: string
  #callOff: () => void = () => {}
  #pid = 0

  constructor(attempt: { readonly attemptId: string; readonly runDir: string }, cause: StopCause) {
    this.cause = cause
    this.#attemptId = attempt.attemptId
    writeStop(attempt.runDir, cause)
  }

  /** Sets the grace, again when it is asked for again. */
  begin(graceSeconds: number): void {
    this.#callOff()
    this.#callOff = afterDelay(graceSeconds * 1000, () => this.#kill())
  }

  signal(pid: number): void {
    this.#pid = pid
    sendSignal(pid, 'SIGTERM')
  }

  over(): void {
    this.#callOff()
  }

  #kill(): void {
    if (this.#pid === 0) return
    sendSignal(this.#pid, 'SIGUSR1')
    signalProcesses(this.#attemptId, 'SIGKILL')
    this.#callOff = afterDelay(LAST_RESORT_MS, () => {
      signalProcesses(this.#attemptId, 'SIGKILL')
      sendSignal(this.#pid, 'SIGKILL')
    })
  }
}
