import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  const { plan, folder, log, signal, env } = build
  const scratch = await mkdtemp(join(tmpdir(), 'amlet-conda-'))
  try {
    const file = join(scratch, 'environment.yml')
    // JSON is YAML; a name would be refused beside a prefix by some of them.
    const { name: _name, prefix: _prefix, ...spec } = plan.conda ?? {}
    await writeFile(file, JSON.stringify(spec, null, 2))
    const args = commandLine(conda, folder, file)
    const { code, stdout, stderr } = await runProcess(conda.path, args, {
      env,
      signal,
      onLine: log,
    })
    if (code === 0) return
    throw failInstall(conda.name, stderr.trim() === '' ? stdout : stderr, plan)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function commandLine({ name }: Conda, folder: string, file: string): string[] {
  if (name === 'micromamba') return ['create', '--yes', '--prefix', folder, '--file', file]
  return ['env', 'create', '--quiet', '--prefix', folder, '--file', file]
}
