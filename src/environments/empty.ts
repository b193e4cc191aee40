import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Python } from './pythons.ts'

const PIP = '#!/bin/sh\nexec "$(dirname -- "$0")/python" -m pip "$@"\n'

/**
 * Makes a virtual environment without packages, by hand: it needs no tool, and costs a few milliseconds where
 * `python -m venv` costs seconds. pip is the wheel that the interpreter carries, imported as it lies there.
 */
export async function buildEmpty(python: Python, folder: string): Promise<void> {
  const [major, minor] = python.version
  const bin = join(folder, 'bin')
  const site = join(folder, 'lib', `python${major}.${minor}`, 'site-packages')
  await mkdir(bin, { recursive: true })
  await mkdir(site, { recursive: true })
  await writeFile(join(folder, 'pyvenv.cfg'), pyvenvText(python))
  await symlink(python.path, join(bin, 'python'))
  await symlink('python', join(bin, 'python3'))
  await symlink('python', join(bin, `python${major}.${minor}`))
  if (python.pipWheel === undefined) return
  await writeFile(join(site, 'pip-of-python.pth'), `${python.pipWheel}\n`)
  for (const name of ['pip', 'pip3']) {
    await writeFile(join(bin, name), PIP)
    await chmod(join(bin, name), 0o755)
  }
}

/** The file that makes a folder a virtual environment of that interpreter. */
export function pyvenvText(python: {
  readonly home: string
  readonly version: readonly number[]
}): string {
  const version = python.version.join('.')
  return `home = ${python.home}\ninclude-system-site-packages = false\nversion = ${version}\n`
}
