import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { EnvironmentPlan } from '../core/environment/plan.ts'
import { failBuild } from './failure.ts'

/** The first program of that name on the path. */
export async function findProgram(
  name: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue
    const path = join(folder, name)
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}

/**
 * Looks for the programs that conda would have brought.
 *
 * @throws AmletError `EnvironmentBuildFailed` for the first that is missing.
 */
export async function checkPrograms(plan: EnvironmentPlan, env: NodeJS.ProcessEnv): Promise<void> {
  for (const line of plan.programs)
    if ((await findProgram(line.value, env)) === undefined)
      throw failBuild(
        `"${line.conda}" is a program, not a Python package, and "${line.value}" is not on this machine`,
        line,
        "install it with the machine's own package manager, or install conda or micromamba",
      )
}
