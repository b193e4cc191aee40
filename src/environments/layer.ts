import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pyvenvText } from './empty.ts'

/** A folder, link or file to make before the process starts, in the words of a launch. */
export type LayerStep =
  | { readonly op: 'mkdir'; readonly path: string }
  | {
      readonly op: 'link'
      readonly path: string
      readonly target: string
      readonly readOnly: boolean
    }
  | { readonly op: 'write'; readonly path: string; readonly text: string; readonly mode?: number }

export interface Layer {
  readonly prepare: readonly LayerStep[]
  /** Take the place of the environment's own. */
  readonly env: Readonly<Record<string, string>>
}

const PIP = '#!/bin/sh\nexec "$(dirname -- "$0")/python" -m pip "$@"\n'

/** Whether a command is going to install something: the one case that needs a layer of its own. */
export function installsPackages(command: string): boolean {
  return /(^|[\s;&|(/`])(pip3?|conda|mamba|uv)(\s|$)/m.test(command)
}

/**
 * A private layer over a shared environment, for one attempt: a virtual environment of its own that sees the
 * shared one's packages behind its own. `pip install` in a command then installs, upgrades and shadows for that
 * job alone, as in a container. Costs a handful of small files.
 *
 * @param variables those of the process; `VIRTUAL_ENV` and `PATH` among them.
 * @param folder does not exist yet.
 * @returns `undefined` when the variables name no environment (the machine's own Python).
 */
export function privateLayer(
  variables: Readonly<Record<string, string>>,
  folder: string,
): Layer | undefined {
  const base = variables['VIRTUAL_ENV']
  if (base === undefined) return undefined
  const lib = readdirSync(join(base, 'lib')).find((name) => /^python3\.\d+$/.test(name))
  if (lib === undefined) return undefined
  const python = realpathSync(join(base, 'bin', 'python'))
  const bin = join(folder, 'bin')
  const site = join(folder, 'lib', lib, 'site-packages')
  const shared = JSON.stringify(join(base, 'lib', lib, 'site-packages'))
  const link = (name: string): LayerStep => ({
    op: 'link',
    path: join(bin, name),
    target: python,
    readOnly: false,
  })
  const pip = (name: string): LayerStep => ({
    op: 'write',
    path: join(bin, name),
    text: PIP,
    mode: 0o755,
  })
  return {
    prepare: [
      { op: 'mkdir', path: bin },
      { op: 'mkdir', path: site },
      { op: 'write', path: join(folder, 'pyvenv.cfg'), text: configOf(base, python) },
      {
        op: 'write',
        path: join(site, '_shared.pth'),
        text: `import site; site.addsitedir(${shared})\n`,
      },
      ...['python', 'python3', lib].map(link),
      ...['pip', 'pip3'].map(pip),
    ],
    env: {
      ...variables,
      VIRTUAL_ENV: folder,
      PATH: [bin, variables['PATH'] ?? '/usr/bin:/bin'].join(':'),
    },
  }
}

/** conda's environments are no virtual ones: their Python is its own base. */
function configOf(base: string, python: string): string {
  try {
    const text = readFileSync(join(base, 'pyvenv.cfg'), 'utf8')
    const home = /^home\s*=\s*(.*)$/m.exec(text)?.[1]
    const version = /^version(?:_info)?\s*=\s*(\d+\.\d+\.\d+)/m.exec(text)?.[1]
    if (home !== undefined && version !== undefined)
      return pyvenvText({ home, version: version.split('.').map(Number) })
  } catch {
    // No such file: conda's.
  }
  return `home = ${dirname(python)}\ninclude-system-site-packages = false\n`
}
