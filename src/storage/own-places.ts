import path from 'node:path'
import type { Places } from './outputs.ts'

/** Folders of a datastore whose names amlet makes itself. */
const OWN = /^azureml:\/\/datastores\/([^/]+)\/paths\/((?:azureml|\.staging|ExperimentRun)\/.*)$/

/** How long a datastore's folder is taken to be where it was. */
const TRUSTED_MS = 1_000

/**
 * Places with a short way to what amlet itself named: there the folder of the datastore is all that has to be found
 * out, not whether some link on the way leads out of it. A step has its places looked up ten times.
 */
export class OwnPlaces implements Places {
  readonly #places: Places
  readonly #now: () => number
  readonly #roots = new Map<string, { readonly root: string; readonly untilMs: number }>()

  constructor(places: Places, now: () => number) {
    this.#places = places
    this.#now = now
  }

  locate(uri: string): string {
    const match = OWN.exec(uri)
    const [, datastore, below] = match ?? []
    if (datastore === undefined || below === undefined || /(?:^|\/)\.\.(?:\/|$)|\0/.test(below))
      return this.#places.locate(uri)
    return path.join(this.#rootOf(datastore), below.replace(/\/+$/, ''))
  }

  #rootOf(datastore: string): string {
    const known = this.#roots.get(datastore)
    const nowMs = this.#now()
    if (known !== undefined && known.untilMs > nowMs) return known.root
    const root = this.#places.locate(`azureml://datastores/${datastore}/paths/`)
    this.#roots.set(datastore, { root, untilMs: nowMs + TRUSTED_MS })
    return root
  }
}
