import { readFileSync } from 'node:fs'

/** Beside the folder of this file in what is built, two folders up from a file of the bundled command line. */
const PLACES = ['../package.json', '../../package.json']

/** Digest of the built program that this code is part of; undefined for the sources themselves. */
export function readBuild(): string | undefined {
  for (const place of PLACES) {
    try {
      const text = readFileSync(new URL(place, import.meta.url), 'utf8')
      const { build } = JSON.parse(text) as { readonly build?: string }
      if (build !== undefined) return build
    } catch {
      // Not that place.
    }
  }
  return undefined
}
