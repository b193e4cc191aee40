import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { AmletError } from '../../core/errors.ts'
import type { ServerStatus } from '../../core/wire.ts'
import { homePaths } from '../../files/home.ts'
import { readRange } from '../../files/read-range.ts'
import type { Context } from '../context.ts'
import { versionOf } from '../version.ts'

export interface Finding {
  readonly what: string
  readonly state: 'ok' | 'warning' | 'problem'
  readonly detail: string
  /** What to do. */
  readonly hint?: string
}

const IMAGES: Finding = {
  what: 'images',
  state: 'ok',
  detail: 'not pulled: jobs run in Python environments, here, in no container',
}

/** Looks at this machine and at the server, if one runs; starts nothing. */
export async function examine(context: Context): Promise<Finding[]> {
  return [
    { what: 'amlet', state: 'ok', detail: `${versionOf()}, ${process.execPath}` },
    checkPlatform(),
    checkNode(),
    checkHome(context),
    checkSpace(context),
    ...(await Promise.all([checkPython(), checkUv(context), checkGit()])),
    IMAGES,
    ...(await checkServer(context)),
    ...configSources(context),
  ]
}

function checkPlatform(): Finding {
  const detail = `${process.platform} ${process.arch}`
  if (process.platform !== 'win32') return { what: 'system', state: 'ok', detail }
  return { what: 'system', state: 'problem', detail, hint: 'use amlet inside WSL' }
}

function checkNode(): Finding {
  const detail = process.versions.node
  const major = Number(detail.split('.')[0])
  if (major >= 24) return { what: 'node', state: 'ok', detail }
  return { what: 'node', state: 'problem', detail, hint: 'install Node 24 or newer' }
}

function checkHome({ env }: Context): Finding {
  const { root } = homePaths(env)
  try {
    if (!existsSync(root)) {
      const above = nearest(root)
      if (!statSync(above).isDirectory()) throw new Error(`${above} is no folder`)
      accessSync(above, constants.W_OK)
      return { what: 'home', state: 'ok', detail: `${root} (made at the first job)` }
    }
    accessSync(root, constants.R_OK | constants.W_OK)
  } catch {
    const hint = 'set AMLET_HOME to a folder that can be written'
    return { what: 'home', state: 'problem', detail: `${root} cannot be written`, hint }
  }
  const isOpen = (statSync(root).mode & 0o077) !== 0
  if (!isOpen) return { what: 'home', state: 'ok', detail: root }
  const hint = `close it: chmod 700 ${root}`
  return { what: 'home', state: 'warning', detail: `${root} is open to other users`, hint }
}

function nearest(path: string): string {
  let folder = path
  while (!existsSync(folder)) folder = dirname(folder)
  return folder
}

const LOW_BYTES = 2 * 1024 ** 3
/** Less than what the databases may want to write next. */
const NONE_BYTES = 64 * 1024 ** 2

function checkSpace({ env }: Context): Finding {
  const { bavail, bsize } = statfsSync(nearest(homePaths(env).root))
  const free = bavail * bsize
  const detail = `${(free / 1024 ** 3).toFixed(1)} GB free`
  if (free > LOW_BYTES) return { what: 'disk', state: 'ok', detail }
  if (free < NONE_BYTES)
    return {
      what: 'disk',
      state: 'problem',
      detail,
      hint: 'free space: jobs stand still until then',
    }
  return { what: 'disk', state: 'warning', detail, hint: 'free space, e.g. with `amlet gc`' }
}

async function checkPython(): Promise<Finding> {
  const version = await firstLine('python3', ['--version'])
  if (version !== undefined) return { what: 'python', state: 'ok', detail: version }
  const hint = 'install Python 3, or let uv bring one'
  return { what: 'python', state: 'warning', detail: 'no python3 on the path', hint }
}

async function checkUv({ env }: Context): Promise<Finding> {
  const own = `${homePaths(env).tools}/uv`
  const version = await firstLine('uv', ['--version'])
  if (version !== undefined) return { what: 'uv', state: 'ok', detail: version }
  if (existsSync(own)) return { what: 'uv', state: 'ok', detail: `of amlet's own: ${own}` }
  return { what: 'uv', state: 'ok', detail: 'not on the path; fetched when first needed' }
}

async function checkGit(): Promise<Finding> {
  const version = await firstLine('git', ['--version'])
  return { what: 'git', state: 'ok', detail: version ?? 'not installed (not needed)' }
}

async function checkServer(context: Context): Promise<Finding[]> {
  try {
    const client = await context.connect({ autoStart: false })
    const status = await client.get<ServerStatus>('/server')
    const { pid, url, version, executors, trouble } = status
    if (trouble !== undefined) return [{ what: 'server', state: 'problem', detail: trouble }]
    const detail = `running: pid ${pid}, ${url}, version ${version}`
    const isSame = version === versionOf()
    return [
      isSame
        ? { what: 'server', state: 'ok', detail }
        : { what: 'server', state: 'warning', detail, hint: 'restart it: amlet server stop' },
      protectionOf(status),
      ...Object.entries(executors).map(([type, { state, detail: more }]): Finding => {
        const isReady = state === 'ready' || state === 'ok' || state === 'running'
        return {
          what: `compute ${type}`,
          state: isReady ? 'ok' : 'warning',
          detail: `${state} ${more}`,
        }
      }),
    ]
  } catch (error) {
    if (!(error instanceof AmletError)) throw error
    if (error.message.startsWith('no server is running')) return [notRunning(context)]
    return [{ what: 'server', state: 'problem', detail: error.message, hint: 'amlet server logs' }]
  }
}

/** Where the system gives no namespace, what is stored is only as safe as the jobs are well-behaved. */
function protectionOf({ protection: detail, protection_kind: kind }: ServerStatus): Finding {
  if (kind.endsWith('namespace')) return { what: 'protection', state: 'ok', detail }
  const hint =
    'allow namespaces (kernel.unprivileged_userns_clone, or --privileged for a container)'
  return { what: 'protection', state: 'warning', detail, hint }
}

/** The next command starts one, unless the last start failed. */
function notRunning({ env }: Context): Finding {
  const failure = lastFailure(homePaths(env).serverLog)
  if (failure === undefined)
    return { what: 'server', state: 'ok', detail: 'not running; the next command starts it' }
  const hint = 'amlet server start tells what to do'
  return { what: 'server', state: 'problem', detail: `could not start: ${failure}`, hint }
}

const LOG_END_BYTES = 16 * 1024

/** Why the server could not start, when that is the last thing that its log tells. */
function lastFailure(log: string): string | undefined {
  if (!existsSync(log)) return undefined
  const { size } = statSync(log)
  const text = readRange(log, Math.max(0, size - LOG_END_BYTES), size)
  const entries = text.split('\n').filter((line) => /^\d{4}-\d\d-\d\dT\S+ [A-Z]+ /.test(line))
  // What a failed start had opened is stopped after it.
  const entry = entries.findLast((line) => !line.endsWith(' INFO stopped'))
  return /ERROR the server could not start: (?:\w*Error: )?(.*)$/.exec(entry ?? '')?.[1]
}

function configSources({ config }: Context): Finding[] {
  const settings = [...config.list('defaults'), ...config.list('core')]
  return settings.map(({ name, value, source }) => ({
    what: `setting ${name}`,
    state: 'ok' as const,
    detail: `${value}  (${source})`,
  }))
}

function firstLine(program: string, words: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, words, { timeout: 5000 }, (error, stdout) =>
      resolve(error === null ? (stdout.split('\n')[0] ?? '') : undefined),
    )
  })
}
