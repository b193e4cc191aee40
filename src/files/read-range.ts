import { closeSync, openSync, readSync } from 'node:fs'

/** The bytes `from` to `to` of a file as text; shorter where the file is. */
export function readRange(file: string, from: number, to: number): string {
  const buffer = Buffer.alloc(Math.max(0, to - from))
  const handle = openSync(file, 'r')
  try {
    const length = readSync(handle, buffer, 0, buffer.length, from)
    return buffer.subarray(0, length).toString()
  } finally {
    closeSync(handle)
  }
}
