import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { START_SCRIPT } from './namespace-script.ts'

export type ProtectionKind = 'namespace' | 'user-namespace' | 'mode-bits' | 'none'

export interface Protection {
  readonly kind: ProtectionKind
  /** One sentence for people: what it does here, or why nothing better is to be had. */
  readonly detail: string
}

export interface StartOptions {
  readonly home: string
  readonly protection: ProtectionKind
  /** Whether to hold the lock that lets one worker run in a home. */
  readonly lock: boolean
}

/**
 * What keeps jobs from changing what they read on this machine. Tried for real, in the home itself: kernels
 * and containers differ in what they allow.
 */
export async function probeProtection(home: string): Promise<Protection> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  const isRoot = process.getuid?.() === 0
  const kind = isRoot ? 'namespace' : 'user-namespace'
  const refusal = await tryStart(home, kind)
  if (refusal === undefined)
    return { kind, detail: 'what jobs read is mounted read-only for them, in a private namespace' }
  if (isRoot)
    return {
      kind: 'none',
      detail: `no mount namespace is to be had (${refusal}) and mode bits do not bind root: a job can change what it reads`,
    }
  return {
    kind: 'mode-bits',
    detail: `no user namespace is to be had (${refusal}): files of the store lose their write bits, folders registered in place are not protected`,
  }
}

/** argv that becomes `command` under a protection. */
export function startArgv(options: StartOptions, command: readonly string[]): string[] {
  const { home, protection, lock } = options
  const unshare = {
    namespace: ['unshare', '-m'],
    'user-namespace': ['unshare', '-r', '-m'],
    'mode-bits': [],
    none: [],
  }[protection]
  const ids = [process.getuid?.() ?? 0, process.getgid?.() ?? 0].map(String)
  const script = ['sh', '-c', START_SCRIPT, 'amlet-start', home, protection, lock ? 'lock' : '-']
  return [...unshare, ...script, ...ids, ...command]
}

/**
 * The path below which an attempt writes so that it lands at `file`: in a namespace the store itself is
 * read-only and is written through `<home>/.rw`. Seen from outside the namespace that folder is empty.
 */
export function writablePath(home: string, file: string, protection: ProtectionKind): string {
  const relative = path.relative(path.join(home, 'datastores'), file)
  const isInside = relative !== '..' && !relative.startsWith(`..${path.sep}`)
  if (!protection.endsWith('namespace') || !isInside) return file
  return path.join(home, '.rw', 'datastores', relative)
}

/** Undefined when it works, else the reason in the system's words. */
function tryStart(home: string, protection: ProtectionKind): Promise<string | undefined> {
  const [program = '', ...args] = startArgv({ home, protection, lock: false }, ['true'])
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 10_000 }, (error, _, stderr) => {
      if (error === null) resolve(undefined)
      else resolve(stderr.trim().split('\n').at(-1) || error.message.split('\n')[0])
    })
  })
}
