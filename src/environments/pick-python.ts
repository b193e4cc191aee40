import type { Substitution } from '../core/environment/plan.ts'
import { parsePythonVersion, satisfiesPython } from '../core/environment/python-version.ts'
import type { BuildRequest } from './build.ts'
import { failBuild } from './failure.ts'
import { runProcess } from './process.ts'
import type { Python } from './pythons.ts'
import { choosePython, defaultPython, findPythons } from './pythons.ts'
import { ensureUv } from './uv.ts'

interface Picked {
  readonly python: Python
  readonly notes: readonly Substitution[]
}

/**
 * The interpreter for an environment: the machine's own when it fits, another that is installed, one that uv
 * can install. Another patch of the same minor version is taken and said; another minor version only when the
 * request allows it, because pickled models depend on it.
 *
 * @throws AmletError `EnvironmentBuildFailed` that lists what is there.
 */
export async function pickPython(request: BuildRequest): Promise<Picked> {
  const { plan, env = process.env, allowNearPython = false } = request
  const clauses = plan.python?.value ?? ''
  const own = await defaultPython(env)
  if (own !== undefined && satisfiesPython(own.version, clauses)) return { python: own, notes: [] }
  const pythons = await findPythons(env)
  const chosen = choosePython(pythons, clauses) ?? (await installPython(request, clauses))
  if (chosen !== undefined) return note(request, chosen.python, chosen.isNear)
  const nearest = allowNearPython ? nearestPython(pythons, clauses) : undefined
  if (nearest !== undefined) return note(request, nearest, true)
  const near = byDistance(pythons, clauses).map(({ version }) => version.join('.'))
  const versions = [...new Set(near)].join(', ')
  throw failBuild(
    `Python ${clauses} is not on this machine and cannot be installed; there is ${versions || 'none'} (the nearest first)`,
    plan.python,
    'install that Python (pyenv, uv, the package manager), or change the version in the conda file',
  )
}

function note({ plan, log }: BuildRequest, python: Python, isNear: boolean): Picked {
  if (!isNear) return { python, notes: [] }
  const text = `Python ${python.version.join('.')} stands for "${plan.python?.conda ?? 'python'}"`
  log(`note: ${text}`)
  return { python, notes: [{ kind: 'python', text }] }
}

/** uv knows where interpreters are published; what it installs is found like any other. */
async function installPython(request: BuildRequest, clauses: string) {
  const { home, log, signal, env = process.env } = request
  const forbidden = ['never', 'manual'].includes(env['UV_PYTHON_DOWNLOADS'] ?? '')
  if (forbidden || clauses === '') return undefined
  log(`Python ${clauses} is not on this machine: asking uv to install it`)
  const uv = await ensureUv({ home, log, signal, env })
  const limits = { UV_HTTP_TIMEOUT: '15', UV_HTTP_RETRIES: '0' }
  const args = ['python', 'install', '--no-bin', clauses]
  const { code } = await runProcess(uv.path, args, { env: { ...uv.env, ...limits }, signal })
  return code === 0 ? choosePython(await findPythons(env), clauses) : undefined
}

function nearestPython(pythons: readonly Python[], clauses: string): Python | undefined {
  return byDistance(pythons, clauses)[0]
}

/** By the distance in minor versions from the first version that the clauses name, newer ones first. */
function byDistance(pythons: readonly Python[], clauses: string): readonly Python[] {
  const wanted = parsePythonVersion(/\d+\.\d+/.exec(clauses)?.[0] ?? '')
  if (wanted === undefined) return pythons
  const distance = ({ version }: Python) =>
    Math.abs(version[1] - wanted[1]) + (version[1] < wanted[1] ? 0.5 : 0)
  return pythons.toSorted((a, b) => distance(a) - distance(b))
}
