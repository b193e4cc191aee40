import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { AmletError } from '../core/errors.ts'
import type { UploadedFile, UploadedPath, UploadedPaths } from '../core/wire.ts'
import { type Route, route } from './route.ts'

const SHA256 = /^[0-9a-f]{64}$/
/** Bytes that no request has used for so long are dropped at the next start. */
const KEPT_MS = 24 * 3_600_000

/** Bytes that clients on other machines have sent, by their hash, until a request has used them. */
export class UploadStore {
  readonly #folder: string
  readonly #mirrors: string

  /** @param cache absolute folder of things that can be made again. */
  constructor(cache: string) {
    this.#folder = path.join(cache, 'uploads')
    this.#mirrors = path.join(cache, 'mirrors')
  }

  /** Forgets what an earlier server left. */
  async clean(nowMs: number): Promise<void> {
    await rm(this.#mirrors, { recursive: true, force: true })
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const file = path.join(this.#folder, name)
      const { mtimeMs } = await stat(file)
      if (nowMs - mtimeMs > KEPT_MS) await rm(file, { force: true })
    }
  }

  /**
   * Takes the bytes of one file.
   *
   * @throws AmletError `InvalidValue` when they are not those of the hash; nothing is kept then.
   */
  async take(hash: string, bytes: IncomingMessage): Promise<void> {
    if (!SHA256.test(hash)) throw notAHash(hash)
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const growing = path.join(this.#folder, `.${randomUUID()}`)
    const digest = createHash('sha256')
    bytes.on('data', (chunk: Buffer) => digest.update(chunk))
    try {
      await pipeline(bytes, createWriteStream(growing, { mode: 0o600 }))
      const found = digest.digest('hex')
      if (found !== hash) throw otherBytes(hash, found)
      await rename(growing, path.join(this.#folder, hash))
    } finally {
      await rm(growing, { force: true })
    }
  }

  /** Those of the files whose bytes have not come yet, each hash once. */
  async missing(paths: UploadedPaths): Promise<string[]> {
    const hashes = new Set(
      Object.values(paths)
        .flatMap(filesOf)
        .map(({ sha256 }) => sha256),
    )
    const known = new Set(await readdir(this.#folder).catch(() => []))
    return [...hashes].filter((hash) => !known.has(hash))
  }

  /**
   * Lays the client's files out as they are there, below a folder of their own.
   *
   * @throws AmletError `InvalidReference` for a path that would lead out of it.
   */
  async mirror(paths: UploadedPaths): Promise<string> {
    const root = path.join(this.#mirrors, randomUUID())
    await mkdir(root, { recursive: true, mode: 0o700 })
    for (const [base, entry] of Object.entries(paths)) {
      const target = inside(root, base)
      if (entry.type === 'folder') await mkdir(target, { recursive: true })
      for (const file of filesOf(entry))
        await this.#place(file, inside(root, below(base, file.path)))
    }
    return root
  }

  async #place({ sha256, executable }: UploadedFile, target: string): Promise<void> {
    if (!SHA256.test(sha256)) throw notAHash(sha256)
    await mkdir(path.dirname(target), { recursive: true })
    await copyFile(path.join(this.#folder, sha256), target)
    await chmod(target, executable ? 0o700 : 0o600)
  }

  drop(mirror: string): Promise<void> {
    return rm(mirror, { recursive: true, force: true })
  }
}

/** Takes the files of clients that the server cannot read by path. */
export function uploadRoutes(uploads: UploadStore): Route[] {
  return [
    route({
      method: 'PUT',
      path: '/uploads/{sha256}',
      summary: 'Takes the bytes of one file, which must have this hash',
      body: 'bytes',
      handler: ({ params, raw }) => uploads.take(params['sha256'] ?? '', raw),
    }),
  ]
}

function filesOf(entry: UploadedPath): readonly UploadedFile[] {
  if (entry.type === 'missing') return []
  return entry.type === 'file' ? [{ ...entry, path: '' }] : entry.files
}

const below = (base: string, name: string) => (name === '' ? base : `${base}/${name}`)

function inside(root: string, clientPath: string): string {
  const target = path.join(root, clientPath)
  const isAbsolute = path.isAbsolute(clientPath) && !clientPath.includes('\0')
  if (
    isAbsolute &&
    target.startsWith(`${root}${path.sep}`) &&
    !clientPath.split('/').includes('..')
  )
    return target
  throw new AmletError({
    code: 'InvalidReference',
    message: `"${clientPath.slice(0, 200)}" is no absolute path of a file to upload`,
  })
}

function notAHash(text: string): AmletError {
  return new AmletError({
    code: 'InvalidValue',
    message: `"${text.slice(0, 80)}" is no SHA-256 in hexadecimal`,
    hint: 'write 64 digits from 0 to f',
  })
}

function otherBytes(hash: string, found: string): AmletError {
  return new AmletError({
    code: 'InvalidValue',
    message: `the bytes sent as ${hash} have the hash ${found}; nothing was stored`,
    hint: 'did the file change while it was sent? send the request again',
  })
}
