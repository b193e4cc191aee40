import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import type { BuiltEnvironment } from './folder.ts'

const compiling = new Set<ChildProcess>()

/**
 * Compiles an environment's modules to `.pyc` with what the machine has to spare, so that later jobs import
 * twice as fast. Nobody waits for it; stopping it half-way does no harm.
 */
export function compileInBackground({ python, sitePackages }: BuiltEnvironment): void {
  const args = ['-n', '19', python, '-I', '-m', 'compileall', '-qq', sitePackages]
  const child = spawn('nice', args, { detached: true, stdio: 'ignore' })
  compiling.add(child)
  child.once('exit', () => compiling.delete(child))
  child.once('error', () => compiling.delete(child))
  child.unref()
}

/** Ends every compilation in the background. To be called when the server stops. */
export async function stopCompiling(): Promise<void> {
  const children = [...compiling]
  await Promise.all(
    children.map(
      (child) =>
        new Promise<void>((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve()
          child.ref()
          child.once('exit', () => resolve())
          child.kill('SIGKILL')
        }),
    ),
  )
}
