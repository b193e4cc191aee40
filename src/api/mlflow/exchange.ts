import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Address } from './address.ts'

/** One request with what has been read of it. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly address: Address
  readonly query: URLSearchParams
}

/** Head and body leave in one write. */
export function sendJson(
  response: ServerResponse,
  status: number,
  text: string | Uint8Array,
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
