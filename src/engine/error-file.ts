import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { asMapping } from '../core/mapping.ts'

export interface ToldError {
  readonly message: string
  /** Traceback, line by line. */
  readonly trace: readonly string[]
}

const LARGEST_BYTES = 1024 * 1024

/**
 * What a process said of its own failure in the file that `AMLET_ERROR_FILE` names, in the shape of Azure's
 * `{error: {message, debug_info}}`. A program of the user's may have written it: whatever is not of that shape counts
 * as nothing said.
 */
export function readErrorFile(runDir: string): ToldError | undefined {
  const file = path.join(runDir, 'error.json')
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined || !stats.isFile() || stats.size > LARGEST_BYTES) return undefined
  const body = parse(readFileSync(file, 'utf8'))
  const { message, debug_info } = asMapping(asMapping(body)['error'])
  if (typeof message !== 'string' || message === '') return undefined
  const trace = typeof debug_info === 'string' ? debug_info.trimEnd().split('\n') : []
  return { message, trace: trace.filter((line) => line !== '') }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
