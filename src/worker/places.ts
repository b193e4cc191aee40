import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Mounter } from './mounter.ts'

export type Protection = 'namespace' | 'user-namespace' | 'mode-bits' | 'none'

export interface PlacesOptions {
  readonly home: string
  readonly protection: Protection
  readonly mounter: Mounter
}

/**
 * Where an attempt finds what it reads, and where it may write.
 *
 * In a namespace `<home>/datastores` is read-only and the same tree is writable at `<home>/.rw/datastores`;
 * what it reads from elsewhere gets a read-only view below `<home>/.ro/`, made once and kept, because the
 * views of a mount point that vanishes vanish from running attempts too.
 */
export class Places {
  readonly #options: PlacesOptions
  readonly #datastores: string
  readonly #views = new Map<string, string>()
  readonly #locked = new Set<string>()
  readonly #bound = new Set<string>()

  constructor(options: PlacesOptions) {
    this.#options = options
    this.#datastores = path.join(options.home, 'datastores')
  }

  get #hasNamespace(): boolean {
    return this.#options.protection.endsWith('namespace')
  }

  /** Where to write so that it lands at `file`. */
  writable(file: string): string {
    if (!this.#hasNamespace || !isBelow(this.#datastores, file)) return file
    return path.join(this.#options.home, '.rw', path.relative(this.#options.home, file))
  }

  /** Where to read `target` from without being able to change it. */
  readOnly(target: string): string {
    if (this.#hasNamespace) return isBelow(this.#datastores, target) ? target : this.#viewOf(target)
    if (this.#options.protection === 'mode-bits' && isBelow(this.#datastores, target))
      this.#lock(target)
    return target
  }

  get canBind(): boolean {
    return this.#hasNamespace
  }

  /** Shows the file or folder `target` at `at` itself, read-only. Only where `canBind`; gives the reason when it could not. */
  bind(target: string, at: string): string | undefined {
    const refusal = this.#show(target, at)
    if (refusal === undefined) this.#bound.add(at)
    return refusal
  }

  /** Takes off what `bind` showed below a run folder. */
  release(runDir: string): void {
    for (const at of this.#bound) {
      if (!isBelow(runDir, at)) continue
      this.#bound.delete(at)
      this.#options.mounter.unmount(at)
    }
  }

  #viewOf(target: string): string {
    const known = this.#views.get(target)
    if (known !== undefined) return known
    const name = createHash('sha256').update(target).digest('hex').slice(0, 16)
    const view = path.join(this.#options.home, '.ro', name)
    const refusal = this.#show(target, view)
    if (refusal !== undefined)
      throw new Error(`"${target}" could not be made read-only: ${refusal}`)
    this.#views.set(target, view)
    return view
  }

  /** The reason when it could not. */
  #show(target: string, at: string): string | undefined {
    if (statSync(target).isDirectory()) mkdirSync(at, { recursive: true })
    else makeFile(at)
    const answer = this.#options.mounter.mount(target, at)
    return answer === 'ok' ? undefined : answer
  }

  /** Once for each target: what the store holds does not change. */
  #lock(target: string): void {
    if (this.#locked.has(target)) return
    takeWriteBits(target)
    this.#locked.add(target)
  }
}

function takeWriteBits(target: string): void {
  const stats = lstatSync(target)
  if (stats.isSymbolicLink()) return
  if (stats.isDirectory())
    for (const entry of readdirSync(target)) takeWriteBits(path.join(target, entry))
  chmodSync(target, stats.mode & 0o7555)
}

function isBelow(folder: string, file: string): boolean {
  return file === folder || file.startsWith(`${folder}${path.sep}`)
}

function makeFile(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true })
  if (statSync(file, { throwIfNoEntry: false }) === undefined) writeFileSync(file, '')
}
