import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { invalid, notFound } from '../../core/mlflow/errors.ts'
import { writeBody } from './artifact-bytes.ts'
import { cannotStore } from './artifact-files.ts'
import type { ArtifactFolder } from './artifact-folder.ts'

const MAX_PARTS = 10_000

/** Where the parts of an upload go, and the headers that let them in. */
export interface PartTarget {
  readonly url: string
  readonly part_number: number
  readonly headers: Readonly<Record<string, string>>
}

/** Starts an upload in parts; each is sent to an address of its own, in any order, and may be sent again. */
export async function startUpload(
  artifacts: ArtifactFolder,
  given: {
    readonly path: string
    readonly count: number
    readonly base: string
    readonly headers: Readonly<Record<string, string>>
  },
): Promise<{ upload_id: string; credentials: readonly PartTarget[] }> {
  const { path, count, base, headers } = given
  if (count < 1 || count > MAX_PARTS)
    throw invalid(`An upload has 1 to ${MAX_PARTS} parts, not ${count}`)
  artifacts.writable(path)
  const upload_id = randomUUID()
  await mkdir(folderOf(artifacts, upload_id), { recursive: true })
  const credentials = Array.from({ length: count }, (_, place) => ({
    url: `${base}/mlflow-artifacts/mpu/part/${upload_id}/${place + 1}`,
    part_number: place + 1,
    headers,
  }))
  return { upload_id, credentials }
}

/** Stores one part and gives its ETag. */
export async function receivePart(
  artifacts: ArtifactFolder,
  { uploadId, part }: { readonly uploadId: string; readonly part: number },
  request: IncomingMessage,
): Promise<string> {
  const folder = await existingFolder(artifacts, uploadId)
  const growing = join(folder, `${randomUUID()}.part`)
  try {
    await writeBody(request, growing)
    await rename(growing, join(folder, String(part)))
  } catch (cause) {
    await rm(growing, { force: true })
    throw cannotStore(`part ${part}`, cause)
  }
  return `"${uploadId}-${part}"`
}

/** Joins the parts to the file at `path`, in the order of their numbers. */
export async function completeUpload(
  artifacts: ArtifactFolder,
  given: { readonly path: string; readonly uploadId: string; readonly parts: readonly number[] },
): Promise<void> {
  const { path, uploadId } = given
  const folder = await existingFolder(artifacts, uploadId)
  const parts = given.parts.toSorted((a, b) => a - b)
  for (const part of parts)
    if ((await stat(join(folder, String(part))).catch(() => undefined)) === undefined)
      throw invalid(`Part ${part} of upload ${uploadId} has not arrived`)
  const target = artifacts.writable(path)
  const whole = join(folder, 'whole')
  try {
    await rm(whole, { force: true })
    for (const part of parts)
      await pipeline(
        createReadStream(join(folder, String(part)), { highWaterMark: 1024 * 1024 }),
        createWriteStream(whole, { flags: 'a' }),
      )
    await rename(whole, target)
  } catch (cause) {
    throw cannotStore(path, cause)
  }
  await rm(folder, { recursive: true, force: true })
}

export async function abortUpload(artifacts: ArtifactFolder, uploadId: string): Promise<void> {
  await rm(folderOf(artifacts, uploadId), { recursive: true, force: true })
}

function folderOf(artifacts: ArtifactFolder, uploadId: string): string {
  if (!/^[0-9a-f-]{36}$/.test(uploadId)) throw notFound(`No such upload: ${uploadId}`)
  return join(artifacts.uploads, `parts-${uploadId}`)
}

async function existingFolder(artifacts: ArtifactFolder, uploadId: string): Promise<string> {
  const folder = folderOf(artifacts, uploadId)
  if ((await stat(folder).catch(() => undefined)) === undefined)
    throw notFound(`No such upload: ${uploadId}`)
  return folder
}
