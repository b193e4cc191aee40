import { randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import type { TokenKeys } from '../api/tokens.ts'

/** Reads the home's token and secret, made at the first start; both readable by their owner alone. */
export function readKeys(home: { readonly token: string; readonly secret: string }): TokenKeys {
  return {
    token: readOrMake(home.token, () => `aml_${randomBytes(24).toString('base64url')}`),
    secret: readOrMake(home.secret, () => randomBytes(32).toString('base64url')),
  }
}

function readOrMake(file: string, make: () => string): string {
  try {
    writeFileSync(file, `${make()}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    chmodSync(file, 0o600)
  }
  return readFileSync(file, 'utf8').trim()
}
