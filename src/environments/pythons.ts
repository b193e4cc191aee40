import { access, constants, readdir, realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { PythonVersion } from '../core/environment/python-version.ts'
import {
  comparePython,
  isNearPython,
  parsePythonVersion,
  satisfiesPython,
} from '../core/environment/python-version.ts'
import { runProcess } from './process.ts'

export interface Python {
  /** Absolute, with symlinks followed. */
  readonly path: string
  readonly version: PythonVersion
  /** The folder whose `bin` it is, as `pyvenv.cfg` names it. */
  readonly home: string
  /** The pip wheel that this Python carries for new environments, when it has one. */
  readonly pipWheel?: string | undefined
}

const QUERY = `
import glob, os, sys
try:
    import ensurepip
    folder = getattr(ensurepip, '_WHEEL_PKG_DIR', None) or os.path.join(os.path.dirname(ensurepip.__file__), '_bundled')
    wheels = glob.glob(os.path.join(folder, 'pip-*.whl'))
except ImportError:
    wheels = []
print(sys.implementation.name)
print('.'.join(map(str, sys.version_info[:3])))
print(os.path.realpath(sys.executable))
print(wheels[0] if wheels else '')
`

const known = new Map<string, Promise<Python | undefined>>()

/**
 * The CPython interpreters of this machine: the path's own `python3` first, then from newest to oldest. Those
 * that version managers keep (pyenv, uv, conda-style prefixes, Homebrew) count, whether they are active or not.
 */
export async function findPythons(
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly Python[]> {
  const onPath = pathFolders(env)
  const first = await defaultPython(env)
  const folders = [
    ...onPath.filter((folder) => !folder.endsWith('/shims')),
    ...(await managed(env)),
  ]
  const candidates = (await Promise.all(folders.map(pythonsIn))).flat()
  const found = await Promise.all([...new Set(candidates)].map(queryOnce))
  const unique = new Map<string, Python>()
  for (const python of found) if (python !== undefined) unique.set(python.path, python)
  const rest = [...unique.values()].sort((a, b) => comparePython(a.version, b.version))
  if (first === undefined) return rest
  return [first, ...rest.filter(({ path }) => path !== first.path)]
}

/** The first of `pythons` that the clauses allow; the newest near one, when only such are there. */
export function choosePython(
  pythons: readonly Python[],
  clauses: string,
): { readonly python: Python; readonly isNear: boolean } | undefined {
  const exact = pythons.find(({ version }) => satisfiesPython(version, clauses))
  if (exact !== undefined) return { python: exact, isNear: false }
  const near = pythons.find(({ version }) => isNearPython(version, clauses))
  return near === undefined ? undefined : { python: near, isNear: true }
}

/** `python3`, then `python`: what a person at this machine's prompt gets. */
export async function defaultPython(env: NodeJS.ProcessEnv): Promise<Python | undefined> {
  for (const name of ['python3', 'python'])
    for (const folder of pathFolders(env)) {
      const path = join(folder, name)
      const isProgram = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
      const python = isProgram ? await queryOnce(path) : undefined
      if (python !== undefined) return python
    }
  return undefined
}

function pathFolders(env: NodeJS.ProcessEnv): string[] {
  return (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
}

async function managed(env: NodeJS.ProcessEnv): Promise<string[]> {
  const home = homedir()
  const data = env['XDG_DATA_HOME'] ?? join(home, '.local', 'share')
  const roots = [
    join(env['PYENV_ROOT'] ?? join(home, '.pyenv'), 'versions'),
    env['UV_PYTHON_INSTALL_DIR'] ?? join(data, 'uv', 'python'),
    join(home, '.asdf', 'installs', 'python'),
  ]
  const versions = await Promise.all(
    roots.map(async (root) => {
      const names = await readdir(root).catch(() => [])
      return names.map((name) => join(root, name, 'bin'))
    }),
  )
  return [...versions.flat(), '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']
}

async function pythonsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  const paths = names
    .filter((name) => /^python3(\.\d+)?$/.test(name))
    .map((name) => realpath(join(folder, name)).catch(() => undefined))
  return (await Promise.all(paths)).filter((path) => path !== undefined)
}

/** Asks an interpreter about itself once, as long as its file stays the same. */
async function queryOnce(path: string): Promise<Python | undefined> {
  const info = await stat(path).catch(() => undefined)
  if (info === undefined || !info.isFile()) return undefined
  const key = `${path} ${info.mtimeMs} ${info.size}`
  const asked = known.get(key) ?? query(path)
  known.set(key, asked)
  return asked
}

async function query(path: string): Promise<Python | undefined> {
  const answer = await runProcess(path, ['-I', '-c', QUERY]).catch(() => undefined)
  const [name, version, executable, pipWheel] = answer?.stdout.split('\n') ?? []
  const parsed = parsePythonVersion(version ?? '')
  if (answer?.code !== 0 || name !== 'cpython' || parsed === undefined) return undefined
  const real = await realpath(executable ?? path)
  const home = real.slice(0, real.lastIndexOf('/'))
  return { path: real, version: parsed, home, pipWheel: pipWheel === '' ? undefined : pipWheel }
}
