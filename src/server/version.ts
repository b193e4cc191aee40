import { readFileSync } from 'node:fs'

/** amlet's version, from the package file beside `src` or `dist`. */
export function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return version
}
