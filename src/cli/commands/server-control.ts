import { existsSync, statSync, watch } from 'node:fs'
import { AmletError } from '../../core/errors.ts'
import type { ServerStatus } from '../../core/wire.ts'
import { homePaths } from '../../files/home.ts'
import { readRange } from '../../files/read-range.ts'
import type { Run } from '../grammar/command.ts'

/** `server start`: in the background, unless one runs. */
export const startServer: Run = async (context, args) => {
  const client = await context.connect()
  const status = await client.get<ServerStatus>('/server')
  return args.isOn('print-url') ? { text: `${status.url}\n` } : { value: status }
}

/** `server stop`: quiet when none runs. */
export const stopServer: Run = async (context) => {
  const client = await context.connect({ autoStart: false })
  try {
    await client.stopServer()
  } catch (error) {
    if (!isNotRunning(error)) throw error
    context.log.note('no server is running')
  }
  return {}
}

export const showStatus: Run = async (context) => {
  const client = await context.connect({ autoStart: false })
  const [status, load] = await Promise.all([client.get<ServerStatus>('/server'), readLoad()])
  return { value: { running: true, ...status, ...load } }
}

async function readLoad(): Promise<{ readonly load_average: readonly number[] }> {
  const { loadavg } = await import('node:os')
  return { load_average: loadavg().map((value) => Math.round(value * 100) / 100) }
}

function isNotRunning(error: unknown): boolean {
  return error instanceof AmletError && error.code === 'ServerUnavailable'
}

const TAIL_BYTES = 256 * 1024

/** `server logs`: the last lines; with `--follow` the ones to come too, until Ctrl-C. */
export const showLogs: Run = async (context, args) => {
  const file = homePaths(context.env).serverLog
  if (!existsSync(file)) {
    context.log.note(`there is no log yet: ${file}`)
    return {}
  }
  const count = args.number('lines') ?? 200
  const { size } = statSync(file)
  const text = readRange(file, Math.max(0, size - TAIL_BYTES), size)
  const lines = text.split('\n')
  process.stdout.write(lines.slice(-count - 1).join('\n'))
  return args.isOn('follow') ? followFile(file, size) : {}
}

function followFile(file: string, from: number): Promise<{ exitCode: number }> {
  let at = from
  const watcher = watch(file, () => {
    const { size } = statSync(file)
    if (size < at) at = 0
    process.stdout.write(readRange(file, at, size))
    at = size
  })
  return new Promise((resolve) => {
    process.once('SIGINT', () => {
      watcher.close()
      resolve({ exitCode: 0 })
    })
  })
}
