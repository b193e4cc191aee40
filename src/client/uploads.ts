import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { UploadedFile, UploadedPath, UploadNeeds } from '../core/wire.ts'

/** A file names a file that names a file: no job is deeper than this. */
const MOST_ROUNDS = 50

type Asked<T> = { readonly value: T } | { readonly needs: UploadNeeds }

/** Answers a server that cannot read this machine's files: says what is where, and sends what it does not have. */
export class Uploads {
  readonly #send: (hash: string, bytes: NodeJS.ReadableStream) => Promise<unknown>
  readonly #listFiles: (folder: string) => Promise<readonly string[]>
  readonly #paths: Record<string, UploadedPath> = {}
  /** Hash → a file that has it. */
  readonly #files = new Map<string, string>()

  constructor(
    send: (hash: string, bytes: NodeJS.ReadableStream) => Promise<unknown>,
    listFiles: (folder: string) => Promise<readonly string[]> = listAll,
  ) {
    this.#send = send
    this.#listFiles = listFiles
  }

  /** Asks again, with what was needed, until the server has an answer. */
  async answer<T>(
    first: UploadNeeds,
    ask: (paths: Readonly<Record<string, UploadedPath>>) => Promise<Asked<T>>,
  ): Promise<T> {
    let needs = first
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      for (const wanted of needs.paths) this.#paths[wanted] = await this.#describe(wanted)
      for (const hash of needs.hashes) await this.#sendFile(hash)
      const asked = await ask(this.#paths)
      if ('value' in asked) return asked.value
      needs = asked.needs
    }
    throw new Error(`the server asks for files without end: ${needs.paths.join(', ')}`)
  }

  async #describe(wanted: string): Promise<UploadedPath> {
    const stats = await stat(wanted).catch(() => undefined)
    if (stats?.isFile()) {
      const { path: _, ...file } = await this.#hash(wanted, '')
      return { type: 'file', ...file }
    }
    if (!stats?.isDirectory()) return { type: 'missing' }
    const files: UploadedFile[] = []
    for (const name of await this.#listFiles(wanted))
      files.push(await this.#hash(path.join(wanted, name), name))
    return { type: 'folder', files }
  }

  async #hash(file: string, name: string): Promise<UploadedFile> {
    const digest = createHash('sha256')
    for await (const chunk of createReadStream(file)) digest.update(chunk)
    const sha256 = digest.digest('hex')
    this.#files.set(sha256, file)
    const isExecutable = ((await stat(file)).mode & 0o100) !== 0
    return { path: name, sha256, ...(isExecutable ? { executable: true } : {}) }
  }

  async #sendFile(hash: string): Promise<void> {
    const file = this.#files.get(hash)
    if (file === undefined)
      throw new Error(`the server asks for bytes that it was not told of: ${hash}`)
    await this.#send(hash, createReadStream(file))
  }
}

async function listAll(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort()
}
