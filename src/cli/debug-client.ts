import type { Client } from '../client/client.ts'
import type { Log } from './log.ts'

const LONGEST = 2000

/** Lets `--debug` see every call: what was asked with which body, and what came back after how long. */
export function traceCalls(client: Client, log: Log): Client {
  const call = client.call.bind(client)
  client.call = async <T>(...words: Parameters<Client['call']>): Promise<T> => {
    const [method, path, { query, body } = {}] = words
    const startedMs = performance.now()
    log.debug(`→ ${method} /api${path} ${shorten({ query, body })}`)
    const answer = await call<T>(...words)
    log.debug(`← ${(performance.now() - startedMs).toFixed(0)} ms ${shorten(answer)}`)
    return answer
  }
  return client
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? ''
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
