import { spawn } from 'node:child_process'

export interface Finished {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Ends the whole process group. */
  readonly signal?: AbortSignal | undefined
  /** Called for every line of standard error, as it comes. */
  readonly onLine?: (line: string) => void
  /** The same for standard output. */
  readonly onOutputLine?: (line: string) => void
  /** Told the id of its process group. */
  readonly onStart?: ((pid: number) => void) | undefined
}

/**
 * Runs a program to its end, without a shell. Rejects when it cannot be started or was aborted; a bad exit
 * code is a result, not an error.
 */
export async function runProcess(
  program: string,
  args: readonly string[],
  { env = process.env, cwd, signal, onLine, onOutputLine, onStart }: RunOptions = {},
): Promise<Finished> {
  signal?.throwIfAborted()
  const child = spawn(program, args, {
    env,
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (child.pid !== undefined) onStart?.(child.pid)
  const stop = () => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // The group is gone already.
    }
  }
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const [stdout, stderr, ending] = await Promise.all([
      collect(child.stdout, onOutputLine),
      collect(child.stderr, onLine),
      new Promise<Pick<Finished, 'code' | 'signal'>>((resolve, reject) => {
        child.once('error', reject)
        child.once('close', (code, ended) => resolve({ code, signal: ended }))
      }),
    ])
    signal?.throwIfAborted()
    return { ...ending, stdout, stderr }
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

async function collect(
  stream: NodeJS.ReadableStream,
  onLine?: (line: string) => void,
): Promise<string> {
  let text = ''
  let reported = 0
  stream.setEncoding('utf8')
  for await (const chunk of stream) {
    text += String(chunk)
    for (let end = text.indexOf('\n', reported); end >= 0; end = text.indexOf('\n', reported)) {
      onLine?.(text.slice(reported, end).trimEnd())
      reported = end + 1
    }
  }
  if (reported < text.length) onLine?.(text.slice(reported).trimEnd())
  return text
}
