import { Worker } from 'node:worker_threads'
import { AmletError, type Diagnostic } from '../core/errors.ts'
import type { TreeTask, TreeTasks } from './tree-worker.ts'

/** Walks, hashes and copies trees on threads of its own, so that the caller's thread never waits. */
export class TreeThreads {
  readonly #size: number
  readonly #idle: TreeThread[] = []
  readonly #waiting: ((thread: TreeThread) => void)[] = []
  #started = 0
  #closed = false

  constructor(size = 2) {
    this.#size = size
  }

  /** @throws AmletError what the task reports. */
  async run<T extends TreeTask>(
    task: T,
    request: Parameters<TreeTasks[T]>[0],
  ): Promise<Awaited<ReturnType<TreeTasks[T]>>> {
    const thread = await this.#take()
    try {
      return (await thread.run(task, request)) as Awaited<ReturnType<TreeTasks[T]>>
    } finally {
      this.#giveBack(thread)
    }
  }

  /** Starts a thread ahead of its first work, which then need not wait for it. */
  prepare(): void {
    if (this.#started > 0) return
    this.#started = 1
    this.#idle.push(new TreeThread())
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#idle.splice(0).map((thread) => thread.close()))
  }

  #take(): Promise<TreeThread> {
    const idle = this.#idle.pop()
    if (idle !== undefined) return Promise.resolve(idle)
    if (this.#started >= this.#size)
      return new Promise((resolve) => {
        this.#waiting.push(resolve)
      })
    this.#started += 1
    return Promise.resolve(new TreeThread())
  }

  #giveBack(thread: TreeThread): void {
    if (thread.isDead) {
      this.#started -= 1
      const next = this.#waiting.shift()
      if (next !== undefined) {
        this.#started += 1
        next(new TreeThread())
      }
      return
    }
    const next = this.#waiting.shift()
    if (next !== undefined) next(thread)
    else if (this.#closed) void thread.close()
    else this.#idle.push(thread)
  }
}

interface Reply {
  readonly result?: unknown
  readonly diagnostics?: readonly [Diagnostic, ...Diagnostic[]]
  readonly message?: string
}

class TreeThread {
  isDead = false
  readonly #worker: Worker
  #settle: ((reply: Reply) => void) | undefined

  constructor() {
    const file = import.meta.url.endsWith('.ts') ? './tree-worker.ts' : './tree-worker.js'
    this.#worker = new Worker(new URL(file, import.meta.url))
    this.#worker.unref()
    this.#worker.on('message', (reply: Reply) => this.#finish(reply))
    this.#worker.on('error', (error) => this.#die(String(error)))
    this.#worker.on('exit', () => this.#die('the thread ended'))
  }

  async run(task: TreeTask, request: unknown): Promise<unknown> {
    this.#worker.ref()
    const reply = await new Promise<Reply>((resolve) => {
      this.#settle = resolve
      this.#worker.postMessage({ task, request })
    })
    if (reply.diagnostics !== undefined) {
      const [first, ...rest] = reply.diagnostics
      throw new AmletError(first, rest)
    }
    if (reply.message !== undefined) {
      const problem = { code: 'InternalError', message: `${task} failed` } as const
      throw new AmletError(problem, [], { cause: new Error(reply.message) })
    }
    return reply.result
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #finish(reply: Reply): void {
    this.#worker.unref()
    this.#settle?.(reply)
    this.#settle = undefined
  }

  #die(message: string): void {
    this.isDead = true
    this.#finish({ message })
  }
}
