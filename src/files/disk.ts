import { readdirSync, readFileSync, statSync } from 'node:fs'
import type { SpecFiles } from '../core/spec/place.ts'

/** This machine's disk, as the reader of YAML asks for it. */
export const DISK: SpecFiles = {
  read: (file) => {
    try {
      return readFileSync(file)
    } catch {
      return undefined
    }
  },
  kind: (file) => {
    try {
      return statSync(file).isDirectory() ? 'folder' : 'file'
    } catch {
      return undefined
    }
  },
  list: (folder) => {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  },
}
