import { Worker } from 'node:worker_threads'
import { MlflowError, type MlflowErrorCode } from '../../core/mlflow/errors.ts'

/** What the thread opens for itself; all of it can be copied to it. */
export interface ReadHome {
  /** Absolute paths of amlet.db and metrics.db. */
  readonly db: string
  readonly metricsDb: string
  readonly root: string
  readonly workspace: string
  readonly owner: string
}

export interface Question {
  readonly id: number
  readonly endpoint: string
  readonly workspace: string
  readonly message: unknown
  /** Numbers of the runs that were written to since the last question. */
  readonly written: readonly number[] | 'many'
}

export type Answer =
  | { readonly id: number; readonly body: Uint8Array<ArrayBuffer> }
  | { readonly id: number; readonly code: MlflowErrorCode; readonly message: string }
  | { readonly id: number; readonly fault: string }

interface Waiting {
  readonly resolve: (body: Uint8Array) => void
  readonly reject: (error: Error) => void
}

/** More runs than this are not listed one by one. */
const MOST_LISTED = 10_000

/**
 * Asks a thread of its own what takes long to answer. It reads what was committed before the question. The thread starts
 * with the first question; one that dies takes the questions it had with it, and the next starts another.
 */
export class ReadThread {
  readonly #home: ReadHome
  readonly #waiting = new Map<number, Waiting>()
  #thread: Worker | undefined
  #written = new Set<number>()
  #count = 0

  constructor(home: ReadHome) {
    this.#home = home
  }

  /** The answer's JSON. @throws MlflowError as the route does */
  ask(question: Pick<Question, 'endpoint' | 'workspace' | 'message'>): Promise<Uint8Array> {
    this.#thread ??= this.#start()
    const thread = this.#thread
    const id = ++this.#count
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) thread.ref()
      this.#waiting.set(id, { resolve, reject })
      thread.postMessage({ ...question, id, written: this.#takeWritten() } satisfies Question)
    })
  }

  /** Says that a run is written to; the thread must not show its old message after the commit. */
  noteWritten(runNo: number): void {
    if (this.#thread !== undefined && this.#written.size <= MOST_LISTED) this.#written.add(runNo)
  }

  close(): void {
    const thread = this.#thread
    this.#thread = undefined
    void thread?.terminate()
  }

  /** Questions are asked between transactions: whatever was noted is committed by now, or undone. */
  #takeWritten(): Question['written'] {
    const written = this.#written
    if (written.size === 0) return []
    this.#written = new Set()
    return written.size > MOST_LISTED ? 'many' : [...written]
  }

  #start(): Worker {
    const file = import.meta.url.endsWith('.ts') ? './read-worker.ts' : './read-worker.js'
    const thread = new Worker(new URL(file, import.meta.url), { workerData: this.#home })
    thread.unref()
    thread.on('message', (answer: Answer) => this.#settle(thread, answer))
    thread.on('error', (error) => this.#lose(thread, error))
    thread.on('exit', (code) => this.#lose(thread, new Error(`the reading thread ended: ${code}`)))
    return thread
  }

  #settle(thread: Worker, answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) thread.unref()
    if ('body' in answer) waiting?.resolve(answer.body)
    else if ('code' in answer) waiting?.reject(new MlflowError(answer.code, answer.message))
    else waiting?.reject(new Error(answer.fault))
  }

  #lose(thread: Worker, error: Error): void {
    if (this.#thread === thread) this.#thread = undefined
    else if (this.#thread !== undefined) return
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(error)
  }
}
