import { constants } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import type { Client } from '../../client/client.ts'
import { AmletError } from '../../core/errors.ts'
import { makeFolder } from '../../files/make-folder.ts'

export interface RemoteFile {
  /** Absolute path on the server's machine. */
  readonly from?: string
  /** Where it goes, below the target. */
  readonly to: string
  /** Path of the API that gives its bytes. */
  readonly url?: string
}

/** Copies files by path when the server is on this machine, else fetches them. Nothing leaves `target`. */
export async function copyFiles(
  client: Client,
  { files, target }: { readonly files: readonly RemoteFile[]; readonly target: string },
): Promise<void> {
  for (const file of files) {
    const to = inside(target, file.to)
    makeFolder(dirname(to))
    if (client.isLocal && file.from !== undefined)
      await copyFile(file.from, to, constants.COPYFILE_FICLONE)
    else await fetchFile(client, file, to)
  }
}

function inside(target: string, path: string): string {
  const to = resolve(target, path)
  if (!relative(target, to).startsWith('..')) return to
  throw new AmletError({
    code: 'StorageFailure',
    message: `the file "${path}" would be written outside ${target}`,
  })
}

async function fetchFile(client: Client, { url = '' }: RemoteFile, to: string): Promise<void> {
  const { createWriteStream } = await import('node:fs')
  const { pipeline } = await import('node:stream/promises')
  await pipeline(await client.download(url.replace(/^\/api/, '')), createWriteStream(to))
}
