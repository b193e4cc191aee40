import type { Socket } from 'node:net'
import {
  type Observation,
  type ObservationLine,
  PROTOCOL,
  type ReplyLine,
  type RequestLine,
  type Result,
} from './protocol.ts'
import type { Worker } from './worker.ts'

export interface ServerLinkOptions {
  readonly build: string
  /** The last thing the worker does after a drain. */
  readonly onDrained: () => void
}

/**
 * So long news of a start waits for its end: a short step is then one message, one turn of the engine and one
 * commit instead of two.
 */
const GATHER_MS = 8

/**
 * The servers that have said hello, in practice one. While there is none observations are kept, and the next
 * gets them in order.
 */
export class ServerLink {
  readonly #options: ServerLinkOptions
  readonly #servers = new Set<Socket>()
  #spool: Observation[] = []
  #unsent: Observation[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(options: ServerLinkOptions) {
    this.#options = options
  }

  get isConnected(): boolean {
    return this.#servers.size > 0
  }

  report(observation: Observation): void {
    if (this.#servers.size === 0) {
      this.#spool.push(observation)
      return
    }
    this.#unsent.push(observation)
    if (observation.state === 'running' || observation.state === 'queued')
      this.#timer ??= setTimeout(() => this.#send(), GATHER_MS)
    else this.#send()
  }

  #send(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const unsent = this.#unsent
    this.#unsent = []
    if (this.#servers.size === 0) this.#spool.push(...unsent)
    const lines = unsent.map(
      (observation): ObservationLine => ({ type: 'observation', observation }),
    )
    for (const server of this.#servers) send(server, ...lines)
  }

  /** Answers what comes over `socket`. */
  serve(socket: Socket, worker: Worker): void {
    readLines(socket, (line) => {
      const request = JSON.parse(line) as RequestLine
      const answer = this.#answer(request, worker)
      answer.then(
        (result) => {
          send(socket, { id: request.id, result })
          if (request.type === 'hello') this.#welcome(socket)
          if (request.type === 'drain') socket.end(this.#options.onDrained)
        },
        (error: Error) => send(socket, { id: request.id, error: error.message }),
      )
    })
    socket.on('error', () => {})
    socket.on('close', () => this.#servers.delete(socket))
  }

  async #answer(request: RequestLine, worker: Worker): Promise<Result> {
    switch (request.type) {
      case 'hello':
        worker.setSlots(request.slots)
        return { protocol: PROTOCOL, build: this.#options.build, pid: process.pid }
      case 'submit':
        await worker.submit(request.launches)
        return {}
      case 'adopt':
        return { attempts: worker.adopt(request.attempts) }
      case 'cancel':
        worker.cancel(request.attemptIds, request.graceSeconds)
        return {}
      case 'drain':
        return { launches: worker.drain() }
    }
  }

  #welcome(socket: Socket): void {
    this.#servers.add(socket)
    const spool = this.#spool
    this.#spool = []
    for (const observation of spool) this.report(observation)
  }
}

function send(socket: Socket, ...messages: readonly (ReplyLine | ObservationLine)[]): void {
  const lines = messages.map((message) => `${JSON.stringify(message)}\n`)
  if (!socket.destroyed && lines.length > 0) socket.write(lines.join(''))
}

function readLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
}
