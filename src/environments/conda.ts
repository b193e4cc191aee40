import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, delimiter, dirname, join } from 'node:path'
import { failInstall } from './failure.ts'
import { runProcess } from './process.ts'
import { findProgram } from './programs.ts'
import type { ResolvedPlan } from './resolve.ts'

export interface Conda {
  readonly name: 'micromamba' | 'mamba' | 'conda'
  readonly path: string
}

interface CondaBuild {
  readonly plan: ResolvedPlan
  readonly folder: string
  readonly log: (line: string) => void
  readonly signal?: AbortSignal | undefined
  readonly env: NodeJS.ProcessEnv
  readonly onStart: (pid: number) => void
}

/** The quickest of conda's programs on the path. */
export async function findConda(env: NodeJS.ProcessEnv): Promise<Conda | undefined> {
  for (const name of ['micromamba', 'mamba', 'conda'] as const) {
    const path = await findProgram(name, env)
    if (path !== undefined) return { name, path }
  }
  return undefined
}

/**
 * Builds with conda itself, in the folder's final place: conda writes that path into what it installs, so the
 * folder cannot be moved. Until the receipt is there it does not count as built.
 *
 * @throws AmletError `EnvironmentBuildFailed`.
 */
export async function buildWithConda(conda: Conda, build: CondaBuild): Promise<void> {
  const { plan, folder, log, signal, env, onStart } = build
  // Named as what is built beside its place is: the next build removes what a killed one left.
  const scratch = join(dirname(folder), `.${basename(folder)}.${randomUUID()}`)
  try {
    await mkdir(scratch)
    const file = join(scratch, 'environment.yml')
    // JSON is YAML; a name would be refused beside a prefix by some of them.
    const { name: _name, prefix: _prefix, ...spec } = plan.conda ?? {}
    await writeFile(file, JSON.stringify(spec, null, 2))
    const args = commandLine(conda, folder, file)
    const finished = await runProcess(conda.path, args, {
      // Older ones have no option for it, and nobody is there to answer.
      env: { ...env, CONDA_ALWAYS_YES: 'true', MAMBA_ALWAYS_YES: 'true' },
      signal,
      onStart,
      onLine: log,
      onOutputLine: (line) => (line.trim() === '' ? undefined : log(line)),
    })
    if (finished.code === 0) return
    throw failInstall(conda.name, finished, plan)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

const ACTIVATE =
  'for script in "$CONDA_PREFIX"/etc/conda/activate.d/*.sh; do . "$script"; done >&2; env -0'
/** The shell's own, and what an environment has anyway. */
const OF_SHELL = new Set(['PATH', 'PWD', 'OLDPWD', 'SHLVL', '_'])

/**
 * What an activation would set: where the environment is, and what the scripts of its packages export (where GDAL
 * has its data, and the like). They are run once, here.
 */
export async function condaVariables(
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<Record<string, string>> {
  const own = { CONDA_PREFIX: folder, CONDA_DEFAULT_ENV: folder }
  const scripts = await readdir(join(folder, 'etc', 'conda', 'activate.d')).catch(() => [])
  if (!scripts.some((name) => name.endsWith('.sh'))) return own
  const before = { ...env, ...own, PATH: [join(folder, 'bin'), env['PATH'] ?? ''].join(delimiter) }
  const { code, stdout } = await runProcess('bash', ['-c', ACTIVATE], { env: before })
  if (code !== 0) return own
  const known: NodeJS.ProcessEnv = before
  const set = stdout.split('\0').flatMap((line) => {
    const [, name = '', value = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(line) ?? []
    return name === '' || OF_SHELL.has(name) || known[name] === value ? [] : [[name, value]]
  })
  return { ...Object.fromEntries(set), ...own }
}

function commandLine({ name }: Conda, folder: string, file: string): string[] {
  if (name === 'micromamba') return ['create', '--yes', '--prefix', folder, '--file', file]
  return ['env', 'create', '--quiet', '--prefix', folder, '--file', file]
}
