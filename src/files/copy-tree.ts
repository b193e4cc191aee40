import { randomUUID } from 'node:crypto'
import { chmodSync, constants, copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { AmletError } from '../core/errors.ts'
import { storedMode } from './read-file.ts'
import { cannotRead, type WalkedFile, walkTree } from './walk.ts'

export interface CopyRequest {
  /** Absolute path of a file or folder. */
  readonly source: string
  /** Absolute folder that gets the file, or the folder's content. Made when it is not there. */
  readonly target: string
}

/**
 * Copies a file into a folder, or a folder's content, over what is there. Each file appears whole or not at
 * all, writable for its owner. Blocking: call it in a worker thread.
 *
 * @throws AmletError `StorageFailure` when the target cannot be written.
 */
export function copyTree({ source, target }: CopyRequest): {
  readonly fileCount: number
  readonly sizeBytes: number
} {
  const tree = walkTree(source)
  let sizeBytes = 0
  for (const file of tree.files) {
    copyOne(file, join(target, file.path === '' ? basename(source) : file.path))
    sizeBytes += file.sizeBytes
  }
  mkdirSync(target, { recursive: true })
  return { fileCount: tree.files.length, sizeBytes }
}

function copyOne(file: WalkedFile, path: string): void {
  const temporary = join(dirname(path), `.amlet-${randomUUID()}`)
  try {
    mkdirSync(dirname(path), { recursive: true })
    copyWhole(file, { temporary, path })
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new AmletError(cannotRead(file.source, cause), [], { cause })
    const problem = {
      code: 'StorageFailure',
      message: `${path} cannot be written: ${(cause as Error).message}`,
      hint: 'choose another folder with --download-path',
    } as const
    throw new AmletError(problem, [], { cause })
  }
}

function copyWhole(
  file: WalkedFile,
  { temporary, path }: { readonly temporary: string; readonly path: string },
): void {
  try {
    copyFileSync(file.source, temporary, constants.COPYFILE_FICLONE)
    chmodSync(temporary, storedMode(file))
    renameSync(temporary, path)
  } finally {
    rmSync(temporary, { force: true })
  }
}
