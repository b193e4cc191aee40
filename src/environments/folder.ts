import { readdir, readFile, stat, utimes } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Substitution } from '../core/environment/plan.ts'

/** The file in an environment's folder that says it is whole. */
export const RECEIPT = 'amlet-environment.json'

export interface Receipt {
  readonly digest: string
  /** `uv 0.13.9`, `micromamba`, or `none` for an environment without packages. */
  readonly tool: string
  readonly python: string
  readonly requirements: readonly string[]
  readonly notes: readonly Substitution[]
  readonly buildMs: number
  /** What the conda file sets for every process. */
  readonly variables?: Readonly<Record<string, string>>
}

/** An environment that a process can be started in. */
export interface BuiltEnvironment {
  readonly path: string
  readonly binDir: string
  /** Absolute path of its interpreter. */
  readonly python: string
  readonly sitePackages: string
  /** Set for every process of the job; `PATH` has the environment's programs first. */
  readonly env: Readonly<Record<string, string>>
  /** What was done otherwise than the YAML says. */
  readonly notes: readonly Substitution[]
  /** True when this request built it. */
  readonly wasBuilt: boolean
  readonly buildMs: number
}

/** Where the environment of that digest is or will be. */
export function environmentFolder(home: string, digest: string): string {
  return join(home, 'environments', digest)
}

/** The variables of a process that runs in an environment with that `bin`. */
function environmentVariables(path: string, binDir: string): Record<string, string> {
  const before = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
  return {
    PATH: [binDir, before].join(delimiter),
    VIRTUAL_ENV: path,
    PYTHONUNBUFFERED: '1',
    PYTHONNOUSERSITE: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  }
}

/** The environment in that folder; `undefined` when it is not there whole or its Python is gone. */
export async function openEnvironment(path: string): Promise<BuiltEnvironment | undefined> {
  const binDir = join(path, 'bin')
  const python = join(binDir, 'python')
  const [receipt, info] = await Promise.all([
    readReceipt(path),
    stat(python).catch(() => undefined),
  ])
  if (receipt === undefined || info === undefined) return undefined
  const lib = join(path, 'lib')
  const libs = await readdir(lib).catch(() => [])
  const version = libs.find((name) => /^python3\.\d+$/.test(name))
  if (version === undefined) return undefined
  const now = new Date()
  await utimes(join(path, RECEIPT), now, now).catch(() => undefined)
  return {
    path,
    binDir,
    python,
    sitePackages: join(lib, version, 'site-packages'),
    env: { ...receipt.variables, ...environmentVariables(path, binDir) },
    notes: receipt.notes,
    wasBuilt: false,
    buildMs: receipt.buildMs,
  }
}

/** What the receipt says; `undefined` when there is none that can be read. */
export async function readReceipt(path: string): Promise<Receipt | undefined> {
  try {
    return JSON.parse(await readFile(join(path, RECEIPT), 'utf8')) as Receipt
  } catch {
    return undefined
  }
}

/** The receipt's text. */
export function receiptText(receipt: Receipt): string {
  return `${JSON.stringify(receipt, null, 2)}\n`
}
