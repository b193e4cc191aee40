import { createHash, hash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AmletError } from '../core/errors.ts'
import { decodePercent } from '../core/refs/percent.ts'
import { type HttpAnswer, httpGet, unreachable } from './http-get.ts'

/** A remote file on this machine. */
export interface CachedFile {
  readonly localPath: string
  /** Equal for equal content: the ETag, else the SHA-256. */
  readonly identity: string
  readonly sizeBytes: number
}

/** What is known of an address. Written last, by rename: it speaks only of files that are whole. */
interface Note extends CachedFile {
  readonly url: string
  readonly etag?: string
  readonly lastModified?: string
}

/** Remote files, kept by ETag: an address that has not changed is not fetched again. */
export class HttpCache {
  readonly #folder: string
  readonly #running = new Map<string, Promise<CachedFile>>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * The file behind an address, fetched when it is new or has changed. It appears whole or not at all.
   *
   * @throws AmletError `FileNotFound` when it cannot be had.
   */
  fetch(url: string): Promise<CachedFile> {
    const running = this.#running.get(url)
    if (running !== undefined) return running
    const fetching = this.#fetch(url).finally(() => this.#running.delete(url))
    this.#running.set(url, fetching)
    return fetching
  }

  async #fetch(url: string): Promise<CachedFile> {
    const folder = join(this.#folder, hash('sha256', url).slice(0, 32))
    const note = await readNote(join(folder, 'note.json'))
    const headers: Record<string, string> = {}
    if (note?.etag !== undefined) headers['if-none-match'] = note.etag
    else if (note?.lastModified !== undefined) headers['if-modified-since'] = note.lastModified
    const answer = await httpGet(url, headers)
    if (answer.status === 304 && note !== undefined) {
      answer.body.destroy()
      return note
    }
    if (answer.status !== 200) {
      answer.body.destroy()
      throw refused(url, answer.status)
    }
    return this.#store(url, { folder, answer })
  }

  async #store(
    url: string,
    { folder, answer }: { readonly folder: string; readonly answer: HttpAnswer },
  ): Promise<CachedFile> {
    const staged = join(this.#folder, '.staging', randomUUID())
    await mkdir(dirname(staged), { recursive: true, mode: 0o700 })
    try {
      const { sha256, sizeBytes } = await saveBody(url, { answer, path: staged })
      const etag = answer.headers.etag
      const identity = etag === undefined ? `sha256:${sha256}` : `etag:${etag}`
      const localPath = join(folder, sha256.slice(0, 32), nameOf(url))
      await mkdir(dirname(localPath), { recursive: true, mode: 0o700 })
      await rename(staged, localPath)
      const lastModified = answer.headers['last-modified']
      const note: Note = {
        ...{ url, localPath, identity, sizeBytes },
        ...(etag === undefined ? {} : { etag }),
        ...(lastModified === undefined ? {} : { lastModified }),
      }
      const noteFile = join(folder, 'note.json')
      await writeFile(`${noteFile}.tmp`, JSON.stringify(note))
      await rename(`${noteFile}.tmp`, noteFile)
      return { localPath, identity, sizeBytes }
    } finally {
      await rm(staged, { force: true })
    }
  }
}

async function saveBody(
  url: string,
  { answer, path }: { readonly answer: HttpAnswer; readonly path: string },
): Promise<{ sha256: string; sizeBytes: number }> {
  const digest = createHash('sha256')
  let sizeBytes = 0
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      digest.update(chunk)
      sizeBytes += chunk.length
      done(null, chunk)
    },
  })
  try {
    await pipeline(answer.body, measure, createWriteStream(path, { flags: 'wx' }))
  } catch (cause) {
    throw unreachable(url, cause)
  }
  const announced = answer.headers['content-length']
  if (announced !== undefined && Number(announced) !== sizeBytes)
    throw unreachable(url, new Error(`it ended after ${sizeBytes} of ${announced} bytes`))
  return { sha256: digest.digest('hex'), sizeBytes }
}

async function readNote(file: string): Promise<Note | undefined> {
  try {
    const note: Note = JSON.parse(await readFile(file, 'utf8'))
    const { size } = await stat(note.localPath)
    return size === note.sizeBytes ? note : undefined
  } catch {
    return undefined
  }
}

/** The last part of the path, as a name on disk. */
function nameOf(url: string): string {
  const name = decodePercent(basename(new URL(url).pathname))
  const clean = name.replaceAll('/', '_').replaceAll('\0', '_')
  if (clean === '' || clean === '.' || clean === '..') return 'data'
  return Buffer.byteLength(clean) > 255 ? hash('sha256', clean) : clean
}

function refused(url: string, status: number): AmletError {
  const why =
    status === 404
      ? 'there is nothing at that address'
      : status === 401 || status === 403
        ? 'it is not public'
        : `it answers ${status}`
  return new AmletError({
    code: 'FileNotFound',
    message: `${url} cannot be read: ${why}`,
    hint: 'check the address; only public addresses can be read',
  })
}
