import { mkdirSync, statSync } from 'node:fs'
import path from 'node:path'

/**
 * As `mkdir -p`, for a path that a person chose. Node's own asks for ever where a file system has folders and makes
 * none, as `/proc` (node 24.21).
 *
 * @param mode of each folder that is made.
 * @throws the error of the file system.
 */
export function makeFolder(folder: string, mode = 0o777): void {
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && isFolder(folder)) return
    const parent = path.dirname(folder)
    if (code !== 'ENOENT' || isFolder(parent)) throw error
    makeFolder(parent, mode)
    makeFolder(folder, mode)
  }
}

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false
}
