import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { requirementName } from '../core/environment/pip-line.ts'
import { failInstall } from './failure.ts'
import { runProcess } from './process.ts'
import type { Python } from './pythons.ts'
import type { ResolvedPlan } from './resolve.ts'
import type { Uv } from './uv.ts'

interface Install {
  readonly plan: ResolvedPlan
  readonly python: Python
  readonly folder: string
  readonly log: (line: string) => void
  readonly signal?: AbortSignal | undefined
  readonly onStart: (pid: number) => void
}

/** What conda puts into every environment that has a Python. */
const ALWAYS = ['pip', 'setuptools']

/**
 * Makes a virtual environment and installs the plan's requirements into it. It can be moved afterwards.
 *
 * @throws AmletError `EnvironmentBuildFailed`.
 */
export async function installWithUv(
  uv: Uv,
  { plan, python, folder, log, signal, onStart }: Install,
): Promise<void> {
  const { env } = uv
  const run = async (args: readonly string[], onLine?: (line: string) => void) => {
    const options = { env, signal, onStart, ...(onLine === undefined ? {} : { onLine }) }
    const finished = await runProcess(uv.path, args, options)
    if (finished.code !== 0) throw failInstall('uv', finished, plan)
  }
  await run(['venv', '--quiet', '--relocatable', '--no-project', '--python', python.path, folder])
  const list = join(folder, 'requirements.txt')
  await writeFile(list, `${requirementsOf(plan).join('\n')}\n`)
  const options = plan.options.flatMap(({ value }) => value.split(' '))
  const target = ['--python', join(folder, 'bin', 'python'), '--requirements', list]
  // With several indexes pip takes the best version of all; uv alone would stay with the first that has any.
  const strategy = options.length === 0 ? [] : ['--index-strategy', 'unsafe-best-match']
  // Where it is being built is of no interest: the folder is about to be renamed.
  const onLine = (line: string) => (line.startsWith('Using Python') ? undefined : log(line))
  await run(['pip', 'install', ...target, ...strategy, ...options], onLine)
}

function requirementsOf(plan: ResolvedPlan): string[] {
  const wanted = plan.requirements.map(({ value }) => value)
  const names = new Set(wanted.map(requirementName))
  return [...wanted, ...ALWAYS.filter((name) => !names.has(name))]
}
