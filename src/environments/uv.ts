import {
  access,
  chmod,
  constants,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  stat,
} from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { AmletError } from '../core/errors.ts'
import { withLock } from './lock.ts'
import { uvSettingsFromPip } from './pip-settings.ts'
import { runProcess } from './process.ts'
import type { Python } from './pythons.ts'
import { defaultPython } from './pythons.ts'
import { cacheFolder, shareUv, takeSharedUv } from './shared-uv.ts'

/** Where uv is and what it is to be run with. */
export interface Uv {
  readonly path: string
  readonly version: string
  readonly env: NodeJS.ProcessEnv
}

export interface UvOptions {
  /** `AMLET_HOME`. */
  readonly home: string
  readonly log?: (line: string) => void
  readonly signal?: AbortSignal | undefined
  readonly env?: NodeJS.ProcessEnv
}

/** The first version whose environments can be moved, which building beside the place and renaming needs. */
const OLDEST = [0, 5] as const
const UNZIP = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(n for n in wheel.namelist() if n.endswith('.data/scripts/uv'))
    with open(sys.argv[2], 'wb') as out:
        out.write(wheel.read(name))
`

const found = new Map<string, Uv>()

/**
 * Gives uv: the path's own, else the one that this home or another home of the same person fetched, else the newest
 * from PyPI, by the machine's pip and its settings, into `<home>/cache/tools`. Several callers at once fetch one.
 *
 * @throws AmletError `EnvironmentBuildFailed` when there is none and none can be fetched.
 */
export async function ensureUv(options: UvOptions): Promise<Uv> {
  const { home, env = process.env } = options
  const before = found.get(home)
  if (before !== undefined && (await isProgram(before.path))) return before
  const uv = (await findUv(options)) ?? (await fetchUv(options))
  const settings = { ...(await uvSettingsFromPip(env)), ...(await cacheSettings(home, env)) }
  const ready = { ...uv, env: { ...env, ...settings, UV_NO_PROGRESS: '1', NO_COLOR: '1' } }
  found.set(home, ready)
  return ready
}

async function findUv({
  home,
  env = process.env,
}: UvOptions): Promise<Omit<Uv, 'env'> | undefined> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const path of [...folders.map((folder) => join(folder, 'uv')), fetchedPath(home)]) {
    const version = (await isProgram(path)) ? await versionOf(path, env) : undefined
    if (version !== undefined) return { path, version }
  }
  return undefined
}

/** A version manager's stand-in is a program too, but says nothing sensible: it counts as absent. */
async function versionOf(path: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const answer = await runProcess(path, ['--version'], { env }).catch(() => undefined)
  const [, version, major, minor] = /^uv ((\d+)\.(\d+)\S*)/.exec(answer?.stdout ?? '') ?? []
  if (answer?.code !== 0 || version === undefined) return undefined
  const isOld = Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]
  return isOld ? undefined : version
}

async function fetchUv(options: UvOptions): Promise<Omit<Uv, 'env'>> {
  const { home, log, signal, env = process.env } = options
  const tools = join(home, 'cache', 'tools')
  await mkdir(tools, { recursive: true })
  const work = async () => {
    const there = await findUv(options)
    if (there !== undefined) return there
    const draft = await mkdtemp(join(tools, '.uv-'))
    try {
      const program = join(draft, 'uv')
      const isShared = await takeShared(program, { log, env })
      if (!isShared) await download(draft, { ...options, env })
      await rename(program, fetchedPath(home))
      if (!isShared) await shareUv(env, fetchedPath(home))
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
    const uv = await findUv(options)
    if (uv !== undefined) return uv
    throw failure('the uv that was fetched does not run', 'install uv yourself')
  }
  const onWait = () => log?.('waiting for another build that is fetching uv')
  return withLock(join(tools, 'uv.lock'), work, { onWait, signal })
}

/** Whether another home's uv is there now, and runs here. */
async function takeShared(
  program: string,
  { log, env }: { readonly log: UvOptions['log']; readonly env: NodeJS.ProcessEnv },
): Promise<boolean> {
  const source = await takeSharedUv(env, program)
  const version = source === undefined ? undefined : await versionOf(program, env)
  if (version === undefined) return false
  log?.(`uv is not on the path: taking uv ${version}, which another home fetched (${source})`)
  return true
}

async function download(folder: string, options: UvOptions): Promise<void> {
  const { signal, log, env = process.env } = options
  log?.('uv is not on the path: fetching it from PyPI, once for all homes of this user')
  const startedAt = performance.now()
  const python = await defaultPython(env)
  if (python === undefined)
    throw failure('no Python 3 was found on this machine', 'install Python 3')
  const args = ['-m', 'pip', '--disable-pip-version-check', 'download', '--no-deps', '--quiet']
  const more = ['--only-binary', ':all:', '--dest', folder, 'uv']
  const pip = { ...env, ...(python.pipWheel === undefined ? {} : { PYTHONPATH: python.pipWheel }) }
  const { code, stderr } = await runProcess(python.path, [...args, ...more], { env: pip, signal })
  if (code !== 0)
    throw failure(
      `uv could not be fetched from PyPI: ${complaintOfPip(stderr)}`,
      'install uv, or let pip of this machine reach a package index',
    )
  await unpack(python, folder)
  log?.(`uv fetched in ${seconds(startedAt)}`)
}

async function unpack(python: Python, folder: string): Promise<void> {
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'))
  if (wheel === undefined) throw failure('PyPI gave no wheel of uv for this machine', 'install uv')
  const target = join(folder, 'uv')
  const unzip = await runProcess(python.path, ['-I', '-c', UNZIP, join(folder, wheel), target])
  if (unzip.code !== 0)
    throw failure(`the wheel of uv is damaged: ${unzip.stderr.trim()}`, 'try again')
  await chmod(target, 0o755)
}

/** pip's errors; where no connection could be made, why, which it tells between retries only. */
function complaintOfPip(stderr: string): string {
  const lines = stderr.trim().split('\n')
  const reason = /Failed to establish a new connection: (.*?)['")]/.exec(stderr)?.[1]
  const errors = lines.filter((line) => line.startsWith('ERROR: ')).map((line) => line.slice(7))
  if (reason !== undefined) return `no connection (${reason})`
  return (errors.length > 0 ? errors : lines.slice(-3)).join('; ')
}

/**
 * uv's own cache is shared with the person's other work, so most packages are there already. Hard links do not
 * cross file systems: a home on another one gets a cache of its own.
 */
async function cacheSettings(
  home: string,
  env: NodeJS.ProcessEnv,
): Promise<Record<string, string>> {
  if (env['UV_CACHE_DIR'] !== undefined) return {}
  const shared = join(cacheFolder(env), 'uv')
  const isUsable = await mkdir(shared, { recursive: true })
    .then(() => access(shared, constants.W_OK))
    .then(async () => (await stat(shared)).dev === (await stat(home)).dev)
    .catch(() => false)
  return isUsable ? {} : { UV_CACHE_DIR: join(home, 'cache', 'uv') }
}

function fetchedPath(home: string): string {
  return join(home, 'cache', 'tools', 'uv')
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    async () => (await stat(path)).isFile(),
    () => false,
  )
}

function failure(message: string, hint: string): AmletError {
  return new AmletError({ code: 'EnvironmentBuildFailed', message, hint })
}

/** `1.2 s` since then. */
export function seconds(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
}
