// Requests as plain as they can be: a client shares the machine with what it measures.
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'

/** What takes longer than this is not measured to the end. */
const LONGEST_MS = 30_000

/** One kept connection. */
class RawConnection {
  static async open({ hostname, port }) {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    await once(socket, 'connect')
    return new RawConnection(socket)
  }

  constructor(socket) {
    this.socket = socket
    this.chunks = []
    this.size = 0
    this.needed = undefined
    socket.on('data', (chunk) => this.receive(chunk))
    socket.once('error', (error) => this.fail?.(error))
    socket.once('close', () => this.fail?.(new Error('the server closed the connection')))
  }

  exchange(bytes) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.socket.destroy()
        reject(Object.assign(new Error('too long'), { name: 'AbortError' }))
      }, LONGEST_MS)
      this.done = (answer) => {
        clearTimeout(timer)
        resolve(answer)
      }
      this.fail = reject
      this.socket.write(bytes)
    })
  }

  receive(chunk) {
    this.chunks.push(chunk)
    this.size += chunk.length
    if (this.needed === undefined) {
      const all = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks)
      const end = all.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = all.toString('latin1', 0, end)
      this.status = Number(head.slice(9, 12))
      this.headSize = end + 4
      this.needed = this.headSize + Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    }
    if (this.size < this.needed) return
    const { chunks, status, headSize, done } = this
    this.chunks = []
    this.size = 0
    this.needed = undefined
    done({ status, text: () => Buffer.concat(chunks).toString('utf8', headSize) })
  }
}

/** One keep-alive connection a slot. */
export class Connections {
  constructor(base, token, count = 1) {
    this.base = base
    this.url = new URL(base)
    this.idle = []
    this.headers = token ? { authorization: `Bearer ${token}` } : {}
    this.agent = new Agent({ keepAlive: true, maxSockets: count, noDelay: true })
  }

  /** A small request, in one write on a connection that is kept. */
  async send(method, target, body, headers = {}) {
    const lines = Object.entries({ ...this.headers, ...headers }).map(
      ([key, value]) => `${key}: ${value}\r\n`,
    )
    const head = `${method} ${this.url.pathname.replace(/\/$/, '')}${target} HTTP/1.1\r\nhost: ${this.url.host}\r\n${lines.join('')}\r\n`
    const { status, text } = await this.exchange(
      body === undefined ? Buffer.from(head) : Buffer.concat([Buffer.from(head), body]),
    )
    if (status !== 200) throw new Error(`${method} ${target}: ${status} ${text().slice(0, 300)}`)
    return { text: text() }
  }

  /** A server closes what was idle for long, perhaps at this moment: then the request goes out once more. */
  async exchange(bytes) {
    this.idle = this.idle.filter(({ socket }) => !socket.destroyed)
    const kept = this.idle.pop()
    const connection = kept ?? (await RawConnection.open(this.url))
    try {
      const answer = await connection.exchange(bytes)
      this.idle.push(connection)
      return answer
    } catch (error) {
      if (kept === undefined || error.name === 'AbortError') throw error
      return this.exchange(bytes)
    }
  }

  /** A large body, either way. */
  transfer(method, target, body, headers = {}) {
    return new Promise((resolve, reject) => {
      const sending = request(`${this.base}${target}`, {
        method,
        agent: this.agent,
        headers: { ...this.headers, ...headers },
      })
      sending.once('error', reject)
      sending.once('response', (response) => {
        response.on('data', () => {})
        response.once('end', () =>
          response.statusCode === 200
            ? resolve()
            : reject(new Error(`${method} ${target}: ${response.statusCode}`)),
        )
      })
      if (body === undefined) sending.end()
      else body.pipe(sending)
    })
  }

  async api(method, name, body) {
    const text = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    const headers = text && { 'content-type': 'application/json', 'content-length': text.length }
    return JSON.parse((await this.send(method, `/api/2.0/mlflow/${name}`, text, headers)).text)
  }

  close() {
    for (const connection of this.idle) connection.socket.destroy()
    this.agent.destroy()
  }
}
