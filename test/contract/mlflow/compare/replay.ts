import { request } from 'node:http'
import { REGISTRY_REQUESTS } from './registry-requests.ts'
import type { RecordedRequest } from './request.ts'
import { TRACKING_REQUESTS } from './tracking-requests.ts'

export const REQUESTS: readonly RecordedRequest[] = [...TRACKING_REQUESTS, ...REGISTRY_REQUESTS]

/** What a server said, with ids, times and made-up names replaced by what they stand for. */
export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** `runs: delete it again`. */
export function idOf({ name, call }: RecordedRequest): string {
  const [, resource = 'server'] = /mlflow[^/]*\/([\w-]+)/.exec(call) ?? []
  return `${resource}: ${name}`
}

/** Sends every request to a server, in order, and gives its answers by the requests' names. */
export async function replay(url: string): Promise<Record<string, Answer>> {
  const kept = new Map<string, string>()
  const answers: Record<string, Answer> = {}
  for (const recorded of REQUESTS) {
    const id = idOf(recorded)
    if (Object.hasOwn(answers, id)) throw new Error(`two requests "${id}"`)
    const { status, text } = await ask(url, recorded, kept)
    keep(recorded, text, kept)
    answers[id] = { status, body: neutral(text, kept) }
  }
  return answers
}

async function ask(url: string, recorded: RecordedRequest, kept: ReadonlyMap<string, string>) {
  const fill = (text: string) =>
    text.replaceAll(/\$([a-z]+\d?)/g, (name, key: string) => kept.get(key) ?? name)
  const [method = 'GET', path = ''] = fill(recorded.call).split(' ')
  const query = new URLSearchParams(
    recorded.query?.map(([key, value]): [string, string] => [key, fill(value)]),
  )
  const target = `${url}${path.startsWith('/') ? path : `/api/2.0/${path}`}`
  const { body, contentType = 'application/json' } = recorded
  const sent = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
  return exchange(query.size > 0 ? `${target}?${query}` : target, {
    method,
    body: Buffer.from(fill(sent)),
    headers: contentType === null ? {} : { 'content-type': contentType },
  })
}

interface Sending {
  readonly method: string
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/** The path goes out as it is: `fetch` would tidy up what leads outside. */
function exchange(url: string, { method, body, headers }: Sending) {
  const [, host = '', path = '/'] = /^http:\/\/([^/]+)(.*)$/.exec(url) ?? []
  const [hostname, port] = host.split(':')
  const length = method === 'GET' && body.length === 0 ? {} : { 'content-length': body.length }
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sending = request({ hostname, port, path, method, headers: { ...headers, ...length } })
    sending.once('error', reject)
    sending.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      )
    })
    sending.end(body)
  })
}

function keep(recorded: RecordedRequest, text: string, kept: Map<string, string>): void {
  for (const [name, path] of Object.entries(recorded.keep ?? {})) {
    let value: unknown = JSON.parse(text)
    for (const part of path.split('.')) value = (value as Record<string, unknown>)?.[part]
    if (typeof value !== 'string') throw new Error(`${recorded.name}: no ${path} in ${text}`)
    kept.set(name, value)
  }
}

/** Fields whose values nobody can foretell, unless the request gave them. */
const VOLATILE = new Set([
  'creation_time',
  'last_update_time',
  'creation_timestamp',
  'last_updated_timestamp',
  'creation_timestamp_ms',
  'last_updated_timestamp_ms',
  'next_page_token',
])

/** Fields of errors that no client needs: they repeat the code. */
const UNREAD = new Set(['sqlstate', 'error_class'])

function neutral(text: string, kept: ReadonlyMap<string, string>): unknown {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return text.startsWith('<') ? 'a page' : replaceIds(text, kept)
  }
  return neutralValue(body, kept)
}

function neutralValue(value: unknown, kept: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return replaceIds(value, kept)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return sortPairs(value.map((entry) => neutralValue(entry, kept)))
  const entries = Object.entries(value)
    .filter(([key]) => !UNREAD.has(key))
    .map(([key, entry]) => [
      key,
      VOLATILE.has(key) ? `a ${typeof entry}` : neutralValue(entry, kept),
    ])
  return Object.fromEntries(entries.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)))
}

/** Metrics, params and tags come in no order that means anything; points of a history do. */
function sortPairs(list: readonly unknown[]): readonly unknown[] {
  const keyOf = (entry: unknown) => (entry as { key?: unknown } | null)?.key
  const keys = list.map(keyOf)
  const isPairs = keys.every((key) => typeof key === 'string') && new Set(keys).size === keys.length
  return isPairs ? list.toSorted((a, b) => (String(keyOf(a)) < String(keyOf(b)) ? -1 : 1)) : list
}

function replaceIds(text: string, kept: ReadonlyMap<string, string>): string {
  let replaced = text
  for (const [name, id] of kept)
    if (id.length > 10 && name !== 'page') replaced = replaced.replaceAll(id, `$${name}`)
  return replaced
}
