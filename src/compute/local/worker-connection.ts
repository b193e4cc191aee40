import { connect, type Socket } from 'node:net'
import type { Launch, Observation, Slots } from '../executor.ts'

export const PROTOCOL = 1

/** What the worker is asked; the other end is `worker/protocol.ts`, and a test holds the two together. */
export type WorkerRequest =
  | { readonly type: 'hello'; readonly protocol: number; readonly slots: Slots }
  | { readonly type: 'submit'; readonly launches: readonly Launch[] }
  | {
      readonly type: 'adopt'
      readonly attempts: readonly { readonly attemptId: string; readonly runDir: string }[]
    }
  | {
      readonly type: 'cancel'
      readonly attemptIds: readonly string[]
      readonly graceSeconds: number
    }
  | { readonly type: 'drain' }

export interface HelloResult {
  readonly protocol: number
  readonly build: string
  readonly pid: number
}

interface Pending {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

export interface ConnectionListener {
  readonly onObservation: (observation: Observation) => void
  readonly onClose: () => void
}

/** The connection was cut. Whether the request was carried out is not known. */
export class ConnectionLost extends Error {}

/** One connection to a worker. */
export class WorkerConnection {
  readonly #socket: Socket
  readonly #listener: ConnectionListener
  readonly #pending = new Map<number, Pending>()
  #lastId = 0
  #rest = ''

  private constructor(socket: Socket, listener: ConnectionListener) {
    this.#socket = socket
    this.#listener = listener
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => this.#onData(String(chunk)))
    socket.on('error', () => {})
    socket.on('close', () => this.#onClose())
  }

  /** Undefined when nobody listens at `socketPath`. */
  static open(
    socketPath: string,
    listener: ConnectionListener,
  ): Promise<WorkerConnection | undefined> {
    return new Promise((resolve) => {
      const socket = connect(socketPath)
      socket.once('error', () => resolve(undefined))
      socket.once('connect', () => resolve(new WorkerConnection(socket, listener)))
    })
  }

  /** @throws ConnectionLost */
  request(request: WorkerRequest): Promise<unknown> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new ConnectionLost())
        return
      }
      this.#pending.set(id, { resolve, reject })
      this.#socket.write(`${JSON.stringify({ id, ...request })}\n`)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #onData(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#onMessage(JSON.parse(line) as Message)
  }

  #onMessage(message: Message): void {
    if ('observation' in message) {
      this.#listener.onObservation(message.observation)
      return
    }
    const pending = this.#pending.get(message.id)
    this.#pending.delete(message.id)
    if ('error' in message) pending?.reject(new Error(message.error))
    else pending?.resolve(message.result)
  }

  #onClose(): void {
    for (const { reject } of this.#pending.values()) reject(new ConnectionLost())
    this.#pending.clear()
    this.#listener.onClose()
  }
}

type Message =
  | { readonly type: 'observation'; readonly observation: Observation }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }
