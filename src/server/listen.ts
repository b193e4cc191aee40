import { chmodSync, rmSync } from 'node:fs'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { AmletError } from '../core/errors.ts'

// Not an `import`: that reads every export of the module, its `fetch` classes too, and costs the start 45 ms of CPU.
const { createServer } = process.getBuiltinModule('node:http')

const HOST = '127.0.0.1'
const LIMITS = {
  maxHeaderSize: 16 * 1024,
  /** Bodies have limits of their own: an upload may take long as long as it moves. */
  requestTimeout: 0,
  keepAliveTimeout: 5_000,
}
/** Time for the headers of a request to arrive. */
const HEADERS_MS = 10_000
/** Late headers are noticed within this part of their time more. */
const CHECKS = 5
const MOST_CONNECTIONS = 1_000

/** Listens on a unix socket that only this user can open. Takes the place of a dead server's socket. */
export async function listenOnSocket(
  path: string,
  listener: RequestListener,
  headersMs?: number,
): Promise<Server> {
  rmSync(path, { force: true })
  const server = createLimited(listener, headersMs)
  const umask = process.umask(0o177)
  try {
    await listening(server, () => server.listen(path))
  } finally {
    process.umask(umask)
  }
  chmodSync(path, 0o600)
  return server
}

/**
 * Listens on loopback.
 *
 * @param port 0 lets the system choose.
 * @param headersMs time for the headers of a request to arrive.
 * @throws AmletError `PortInUse`
 */
export async function listenOnPort(
  port: number,
  listener: RequestListener,
  headersMs?: number,
): Promise<Server> {
  const server = createLimited(listener, headersMs)
  try {
    await listening(server, () => server.listen(port, HOST))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause
    const problem = {
      code: 'PortInUse',
      message: `port ${port}, which belongs to this home, is in use by another program`,
      hint: 'end that program, or start with `amlet server run --port 0` for a new port: jobs that are running keep the old address and cannot reach the server any more',
    } as const
    throw new AmletError(problem, [], { cause })
  }
  return server
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

/** Stops listening. Resolves when no connection is left; who has one keeps it until `closeAllConnections`. */
export function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

function createLimited(listener: RequestListener, headersMs = HEADERS_MS): Server {
  const times = { headersTimeout: headersMs, connectionsCheckingInterval: headersMs / CHECKS }
  const server = createServer({ ...LIMITS, ...times }, listener)
  server.maxConnections = MOST_CONNECTIONS
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    refuse(error, socket as Socket),
  )
  return server
}

const REFUSALS: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'the headers are larger than 16 KiB',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request did not arrive in time'],
}

function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return
  const [status, message] = REFUSALS[error.code ?? ''] ?? ['400 Bad Request', 'this is not HTTP']
  const body = JSON.stringify({
    error: { code: 'UsageError', message, details: [{ code: 'UsageError', message }] },
  })
  const head = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`
  socket.end(`HTTP/1.1 ${status}\r\n${head}\r\nconnection: close\r\n\r\n${body}`)
}

function listening(server: Server, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => {
      server.off('error', reject)
      resolve()
    })
    listen()
  })
}
