import { dirname, join } from 'node:path'
import { failBuild } from './failure.ts'
import type { BuiltEnvironment } from './folder.ts'
import { runProcess } from './process.ts'
import { findProgram } from './programs.ts'

const QUERY = "import sys, sysconfig; print(sys.prefix); print(sysconfig.get_path('purelib'))"

/**
 * The machine's own Python with whatever is installed in it, for `--env machine`: nothing is built, and nothing
 * is promised.
 *
 * @throws AmletError `EnvironmentBuildFailed` when the path has no Python.
 */
export async function machineEnvironment(
  env: NodeJS.ProcessEnv = process.env,
): Promise<BuiltEnvironment> {
  const python = (await findProgram('python3', env)) ?? (await findProgram('python', env))
  const answer = python === undefined ? undefined : await runProcess(python, ['-c', QUERY], { env })
  if (python === undefined || answer?.code !== 0)
    throw failBuild('this machine has no Python on its path', undefined, 'install Python 3')
  const [path = '', sitePackages = ''] = answer.stdout.split('\n')
  return {
    path,
    binDir: dirname(python),
    python,
    sitePackages: sitePackages === '' ? join(path, 'lib') : sitePackages,
    env: { PYTHONUNBUFFERED: '1' },
    notes: [{ kind: 'python', text: `the machine's own Python is used: ${python}` }],
    wasBuilt: false,
    buildMs: 0,
  }
}
