import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { AmletError } from '../core/errors.ts'
import { storedMode } from './read-file.ts'
import type { WalkedFile } from './walk.ts'

/**
 * Many small files as one: making 20,000 files takes several times as long as reading them. A pack is a folder
 * with one or more `<n>.bytes`, each with its `<n>.json`; it is laid out as files afterwards.
 */
export interface PackRequest {
  /** Absolute path of the pack. */
  readonly pack: string
  /** Where its files are to stand. */
  readonly target: string
  /** Absolute folder on the same file system for what is not whole yet. */
  readonly staging: string
}

type Entry = readonly [path: string, sizeBytes: number, isExecutable: boolean]

const BUFFER_BYTES = 4 << 20
const TARGET = 'target'

/** Writes one part of a pack, file after file. */
export class PackWriter {
  readonly #file: string
  readonly #descriptor: number
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  readonly #entries: Entry[] = []
  #used = 0

  constructor(folder: string, part: number) {
    mkdirSync(folder, { recursive: true })
    this.#file = join(folder, `${part}`)
    this.#descriptor = openSync(`${this.#file}.bytes`, 'wx')
  }

  append(bytes: Uint8Array): void {
    if (this.#used + bytes.length > BUFFER_BYTES) this.#flush()
    if (bytes.length > BUFFER_BYTES) writeSync(this.#descriptor, bytes)
    else {
      this.#buffer.set(bytes, this.#used)
      this.#used += bytes.length
    }
  }

  /** Says that what was appended since the last call is this file. */
  endFile(file: WalkedFile): void {
    this.#entries.push([file.path, file.sizeBytes, file.isExecutable])
  }

  close(): void {
    this.#flush()
    closeSync(this.#descriptor)
    writeFileSync(`${this.#file}.json`, JSON.stringify(this.#entries))
  }

  #flush(): void {
    if (this.#used > 0) writeSync(this.#descriptor, this.#buffer, 0, this.#used)
    this.#used = 0
  }
}

/** Says in a pack where its files belong, relative to the folder of all uploads. */
export function writePackTarget(pack: string, target: string): void {
  writeFileSync(join(pack, TARGET), target)
}

/** Undefined for what is no whole pack. */
export function readPackTarget(pack: string): string | undefined {
  try {
    return readFileSync(join(pack, TARGET), 'utf8')
  } catch {
    return undefined
  }
}

/**
 * Makes the files of a pack appear at its target, as a whole, and removes the pack. Safe to repeat after a
 * crash. Blocking: call it in a worker thread.
 *
 * @throws AmletError `StorageFailure`; the pack stays, and the next try goes on from it.
 */
export function layOutPack(request: PackRequest): void {
  const { pack, target, staging } = request
  try {
    if (!existsSync(target)) makeFiles(request)
  } catch (cause) {
    if (!existsSync(target)) throw cannotLayOut(target, cause)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
  rmSync(pack, { recursive: true, force: true })
}

function makeFiles({ pack, target, staging }: PackRequest): void {
  rmSync(staging, { recursive: true, force: true })
  for (const part of readdirSync(pack).filter((name) => name.endsWith('.json')))
    layOutPart(join(pack, part.slice(0, -'.json'.length)), staging)
  mkdirSync(dirname(target), { recursive: true })
  renameSync(staging, target)
}

function cannotLayOut(target: string, cause: unknown): AmletError {
  const problem = {
    code: 'StorageFailure',
    message: `the files of ${target} cannot be written: ${(cause as Error).message}`,
    hint: 'free some space (amlet gc --dry-run says what can go), then restart the server',
  } as const
  return new AmletError(problem, [], { cause })
}

function layOutPart(part: string, root: string): void {
  const descriptor = openSync(`${part}.bytes`, 'r')
  const made = new Set<string>()
  const bytes = new PackReader(descriptor)
  try {
    for (const [path, sizeBytes, isExecutable] of readEntries(part)) {
      const file = join(root, path)
      const folder = dirname(file)
      if (!made.has(folder)) mkdirSync(folder, { recursive: true })
      made.add(folder)
      bytes.copy(file, { sizeBytes, mode: storedMode({ isExecutable }) })
    }
  } finally {
    closeSync(descriptor)
  }
}

function readEntries(part: string): readonly Entry[] {
  return JSON.parse(readFileSync(`${part}.json`, 'utf8'))
}

class PackReader {
  readonly #descriptor: number
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  copy(file: string, { sizeBytes, mode }: { sizeBytes: number; mode: number }): void {
    const target = openSync(file, 'wx', mode)
    try {
      let left = sizeBytes
      while (left > 0) {
        const length = readSync(
          this.#descriptor,
          this.#buffer,
          0,
          Math.min(left, BUFFER_BYTES),
          null,
        )
        if (length === 0) throw new Error(`${file} ends too early in its pack`)
        writeSync(target, this.#buffer, 0, length)
        left -= length
      }
    } finally {
      closeSync(target)
    }
  }
}
