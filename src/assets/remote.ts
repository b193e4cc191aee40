import { statSync } from 'node:fs'
import { join } from 'node:path'
import { AmletError } from '../core/errors.ts'
import { toRemoteAddress } from '../storage/remote-address.ts'
import { fetchFolder } from '../storage/remote-folder.ts'
import type { Context } from './context.ts'

/** The bytes behind a remote address, on this machine. */
export interface RemoteBytes {
  /** What was named. */
  readonly uri: string
  readonly localPath: string
  readonly isFile: boolean
  /** Changes with the content: the address with its ETag. */
  readonly identity: string
}

const FOLDER_TYPES = new Set(['uri_folder', 'mltable', 'mlflow_model', 'triton_model'])

/**
 * Says whether an address can be read as the type asks, without reading it.
 *
 * @throws AmletError `OperationNotSupported` for a folder that cannot be listed, or a scheme without a reader.
 */
export function checkRemote(url: string, type: string): void {
  const address = toRemoteAddress(url)
  if (!FOLDER_TYPES.has(type) || address.container !== undefined) return
  throw new AmletError({
    code: 'OperationNotSupported',
    message: `${url} is asked for as ${type}, and a folder behind https:// cannot be listed`,
    hint: 'use type: uri_file for one file; for a folder, download it and give its path',
  })
}

/**
 * Fetches an address, unless its content is here already.
 *
 * @throws AmletError `FileNotFound` when it cannot be had, and what `checkRemote` throws.
 */
export async function fetchRemote(ctx: Context, url: string, type: string): Promise<RemoteBytes> {
  checkRemote(url, type)
  const address = toRemoteAddress(url)
  const isFolder = FOLDER_TYPES.has(type) && address.container !== undefined
  const { localPath, identity } =
    isFolder && address.container !== undefined
      ? await fetchFolder(ctx.remote, join(ctx.home.cache, 'http-folders'), address.container)
      : await ctx.remote.fetch(address.url)
  const isFile = statSync(localPath).isFile()
  return { uri: url, localPath, isFile, identity: `${url}#${identity}` }
}
