import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { AmletError } from '../core/errors.ts'

const MOST_REDIRECTS = 5
const IDLE_MS = 30_000
/** Passing failures of the far end, worth another try. */
const RETRIED = new Set([408, 429, 500, 502, 503, 504])
const TRIES = 3

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** To be read or destroyed. */
  readonly body: IncomingMessage
}

/**
 * GETs an address, following redirects; statuses below 500 are the caller's to judge.
 *
 * @throws AmletError `FileNotFound` when nothing answers, or the far end goes on failing.
 */
export async function httpGet(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await follow(url, headers)
      if (!RETRIED.has(answer.status)) return answer
      answer.body.destroy()
      if (attempt === TRIES) throw new Error(`it answers ${answer.status}`)
    } catch (cause) {
      if (attempt === TRIES || cause instanceof AmletError) throw unreachable(url, cause)
    }
  }
}

async function follow(url: string, headers: Readonly<Record<string, string>>): Promise<HttpAnswer> {
  let at = url
  for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
    const answer = await getOnce(at, headers)
    const { location } = answer.headers
    if (answer.status < 301 || answer.status > 308 || answer.status === 304) return answer
    answer.body.destroy()
    if (location === undefined) throw new Error(`it answers ${answer.status} without a location`)
    at = redirected(at, location)
  }
  throw new Error(`it redirects more than ${MOST_REDIRECTS} times`)
}

/** Never from https to anything else. */
function redirected(from: string, location: string): string {
  const next = new URL(location, from)
  const isSafe =
    next.protocol === 'https:' || (next.protocol === 'http:' && new URL(from).protocol === 'http:')
  if (!isSafe) throw new Error(`it redirects to ${next.protocol}//`)
  return next.href
}

function getOnce(url: string, headers: Readonly<Record<string, string>>): Promise<HttpAnswer> {
  // Not an `import`: that reads every export of the modules, their `fetch` classes too, at each start of a server.
  const module = url.startsWith('https:') ? 'node:https' : 'node:http'
  const { request, Agent } = process.getBuiltinModule(module)
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      // The proxy of the machine (HTTPS_PROXY, NO_PROXY, …), which Node by itself does not ask.
      agent: new Agent({ proxyEnv: process.env }),
      headers: { 'accept-encoding': 'identity', 'user-agent': 'amlet', ...headers },
    })
    sent.setTimeout(IDLE_MS, () =>
      sent.destroy(new Error(`it says nothing for ${IDLE_MS / 1000} s`)),
    )
    sent.on('error', reject)
    sent.on('response', (body) => {
      resolve({ status: body.statusCode ?? 0, headers: body.headers, body })
    })
    sent.end()
  })
}

export function unreachable(url: string, cause: unknown): AmletError {
  if (cause instanceof AmletError) return cause
  const problem = {
    code: 'FileNotFound',
    message: `${url} cannot be read: ${(cause as Error).message}`,
    hint: 'check the address and the network; only public addresses can be read',
  } as const
  return new AmletError(problem, [], { cause })
}
