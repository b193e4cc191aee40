import { realpathSync } from 'node:fs'
import { basename, dirname, join, normalize, sep } from 'node:path'
import { AmletError } from '../core/errors.ts'
import { isInside } from '../files/walk.ts'
import type { Datastore } from './datastore.ts'

/** A folder of this machine as a datastore. */
export class LocalDatastore implements Datastore {
  readonly type = 'local'
  readonly name: string
  /** Absolute path of the folder. */
  readonly folder: string

  constructor(name: string, folder: string) {
    this.name = name
    this.folder = folder
  }

  resolvePath(path: string): string {
    if (path.includes('\0')) throw this.#leaves(path)
    const inside = normalize(`./${path}`)
    if (inside === '..' || inside.startsWith(`..${sep}`)) throw this.#leaves(path)
    const absolute = join(this.folder, inside).replace(/(?<=.)\/+$/, '')
    const root = realOrSelf(this.folder)
    if (!isInside(root, realOfExisting(absolute))) throw this.#leaves(path)
    return absolute
  }

  #leaves(path: string): AmletError {
    return new AmletError({
      code: 'InvalidReference',
      message: `the path "${path}" leads out of datastore ${this.name} (${this.folder})`,
      hint: 'use a path inside the datastore, or make a datastore of the folder meant: amlet datastore create -n <name> --path <folder>',
    })
  }
}

function realOrSelf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** The real path of the deepest part that exists, with the rest as it is written. */
function realOfExisting(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const above = dirname(path)
    if (code === 'ELOOP' || above === path) return path
    return join(realOfExisting(above), basename(path))
  }
}
