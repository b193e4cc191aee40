import { readFileSync } from 'node:fs'

let known: string | undefined

/** The version of this amlet, from the nearest `package.json` of that name. */
export function versionOf(): string {
  known ??= findVersion()
  return known
}

function findVersion(): string {
  for (const up of ['../..', '../../..', '..']) {
    try {
      const text = readFileSync(new URL(`${up}/package.json`, import.meta.url), 'utf8')
      const { name, version } = JSON.parse(text) as { name?: string; version?: string }
      if (name === 'amlet' && version !== undefined) return version
    } catch {
      // Not that folder: the bundle and the sources are at different depths.
    }
  }
  return '0.0.0'
}
