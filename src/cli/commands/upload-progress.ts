import type { Client } from '../../client/client.ts'
import type { ReadProgress, YamlBody } from '../../core/wire.ts'
import type { Context } from '../context.ts'

/** Short uploads end before anybody would want to read about them. */
const FIRST_MS = 400
const EVERY_MS = 200
/** Where nothing can be written over, a line now and then says that it goes on. */
const LINE_EVERY_MS = 10_000

/**
 * Sends a body that may bring files, and says on standard error how far they have been read: on a terminal in one
 * line that changes, elsewhere with a line every ten seconds.
 */
export async function postWithProgress<T>(
  context: Context,
  client: Client,
  { path, body }: { readonly path: string; readonly body: YamlBody },
): Promise<T> {
  const progress = uniqueName()
  const isOver = new AbortController()
  const shown = watch({ context, client, progress, signal: isOver.signal })
  try {
    return await client.post<T>(path, { ...body, progress })
  } finally {
    isOver.abort()
    await shown
  }
}

/** Tells this upload from others at work now. Nothing is guarded by it, and `node:crypto` takes 10 ms to load. */
function uniqueName(): string {
  return `${process.pid}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`
}

interface Watching {
  readonly context: Context
  readonly client: Client
  readonly progress: string
  readonly signal: AbortSignal
}

async function watch({ context, client, progress, signal }: Watching): Promise<void> {
  const isTerminal = process.stderr.isTTY === true && context.env['TERM'] !== 'dumb'
  let hasLine = false
  for (let wait = isTerminal ? FIRST_MS : LINE_EVERY_MS; await pause(wait, signal); ) {
    wait = isTerminal ? EVERY_MS : LINE_EVERY_MS
    const state = await ask(client, progress)
    if (state === undefined || signal.aborted || state.total_files === 0) continue
    const text = progressText(state)
    if (isTerminal && !context.log.isQuiet) process.stderr.write(`\r\u001b[2K${text}`)
    else context.log.note(text)
    hasLine = isTerminal
  }
  if (hasLine) process.stderr.write('\r\u001b[2K')
}

/** A question that fails says nothing about the upload itself. */
function ask(client: Client, progress: string): Promise<ReadProgress | undefined> {
  return client.get<ReadProgress>(`/progress/${progress}`).catch(() => undefined)
}

/** `Uploading: 45 % (1,234 of 20,000 files, 0.2 of 1.3 GB)`. */
export function progressText({ files, bytes, total_files, total_bytes }: ReadProgress): string {
  const percent = total_bytes === 0 ? 0 : Math.floor((bytes / total_bytes) * 100)
  const unit = total_bytes >= 1e9 ? 'GB' : 'MB'
  const inUnit = (count: number) => (count / (unit === 'GB' ? 1e9 : 1e6)).toFixed(1)
  const count = (number: number) => number.toLocaleString('en-US')
  const of = `${count(files)} of ${count(total_files)} file${total_files === 1 ? '' : 's'}`
  return `Uploading: ${Math.min(percent, 100)} % (${of}, ${inUnit(bytes)} of ${inUnit(total_bytes)} ${unit})`
}

/** False when the signal came first. The timer keeps nothing alive. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const end = (isOver: boolean) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      resolve(!isOver)
    }
    const stop = () => end(true)
    const timer = setTimeout(() => end(false), ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
