import { createHash, hash as hashOnce } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  openSync,
  readSync,
  writeFileSync,
} from 'node:fs'
import { AmletError } from '../core/errors.ts'
import { cannotRead, type WalkedFile } from './walk.ts'

const BUFFER_BYTES = 1 << 20
let buffer: Buffer | undefined

/** Takes the bytes of files, one after the other. */
export interface ByteSink {
  append(bytes: Uint8Array): void
}

/** A path, or what collects the bytes of many files. */
export type CopyTarget = string | ByteSink

export interface ReadTo {
  readonly copyTo?: CopyTarget | undefined
  /** Told how many bytes more have been read. */
  readonly onBytes?: (count: number) => void
}

/**
 * SHA-256 of a walked file, which must still be what the walk saw, before and after the reading. With `copyTo`
 * the same bytes go there; a path gets mode 0644 or 0755.
 *
 * @throws AmletError `DataChanged` when the file changed meanwhile.
 */
export function readAndHash(file: WalkedFile, to: ReadTo = {}): string {
  try {
    return file.sizeBytes < BUFFER_BYTES ? readSmall(file, to) : readLarge(file, to)
  } catch (cause) {
    if (cause instanceof AmletError) throw cause
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') throw changed(file)
    if (code === 'ENOSPC') throw cannotStore(cause)
    throw new AmletError(cannotRead(file.source, cause), [], { cause })
  }
}

function readSmall(file: WalkedFile, { copyTo, onBytes }: ReadTo): string {
  buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES)
  const descriptor = openSync(file.source, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const length = readSync(descriptor, buffer, 0, BUFFER_BYTES, 0)
    expectUnchanged(file, descriptor)
    if (length !== file.sizeBytes) throw changed(file)
    const bytes = buffer.subarray(0, length)
    if (typeof copyTo === 'string') writeFileSync(copyTo, bytes, { mode: storedMode(file) })
    else copyTo?.append(bytes)
    onBytes?.(length)
    return hashOnce('sha256', bytes)
  } finally {
    closeSync(descriptor)
  }
}

/** The copy comes first and is what is hashed: what is stored is then what the hash says, whoever writes. */
function readLarge(file: WalkedFile, { copyTo, onBytes }: ReadTo): string {
  if (typeof copyTo === 'string') {
    copyFileSync(file.source, copyTo, constants.COPYFILE_FICLONE)
    chmodSync(copyTo, storedMode(file))
  }
  const digest = createHash('sha256')
  const sink = typeof copyTo === 'string' ? undefined : copyTo
  eachChunk(typeof copyTo === 'string' ? copyTo : file.source, (bytes) => {
    digest.update(bytes)
    sink?.append(bytes)
    onBytes?.(bytes.length)
  })
  const descriptor = openSync(file.source, constants.O_RDONLY)
  try {
    expectUnchanged(file, descriptor)
  } finally {
    closeSync(descriptor)
  }
  return digest.digest('hex')
}

function eachChunk(path: string, take: (bytes: Uint8Array) => void): void {
  buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES)
  const descriptor = openSync(path, 'r')
  try {
    let length: number
    do {
      length = readSync(descriptor, buffer, 0, BUFFER_BYTES, null)
      take(buffer.subarray(0, length))
    } while (length > 0)
  } finally {
    closeSync(descriptor)
  }
}

function expectUnchanged(file: WalkedFile, descriptor: number): void {
  const { size, mtimeMs, ino } = fstatSync(descriptor)
  if (size !== file.sizeBytes || mtimeMs !== file.mtimeMs || ino !== file.inode) throw changed(file)
}

export function storedMode(file: Pick<WalkedFile, 'isExecutable'>): number {
  return file.isExecutable ? 0o755 : 0o644
}

function changed(file: WalkedFile): AmletError {
  return new AmletError({
    code: 'DataChanged',
    message: `${file.source} changed while it was being read; nothing was stored`,
    hint: 'wait until nothing writes to it any more, then try again',
  })
}

function cannotStore(cause: unknown): AmletError {
  const problem = {
    code: 'StorageFailure',
    message: `there is no room left to store a copy: ${(cause as Error).message}`,
    hint: 'free some space (amlet gc --dry-run says what can go), then try again',
  } as const
  return new AmletError(problem, [], { cause })
}
