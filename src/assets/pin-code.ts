import { AmletError } from '../core/errors.ts'
import type { ResolvedCode } from '../core/plan/resolved.ts'
import { placeOfUri } from './bytes.ts'
import { type Context, walkFacts } from './context.ts'
import { idOf, pinnedReference } from './ids.ts'
import type { PinOptions } from './pin-input.ts'
import { registerVersion } from './record.ts'
import { resolveReference } from './resolve.ts'
import { takeLocal } from './upload.ts'

export interface PinnedCode {
  readonly path: string
  readonly code: ResolvedCode
}

const UNREAD = { hash: '', fileCount: 0 }

/** Code without a name of its own is called after its content, as a GUID, with this version. */
const CODE_VERSION = '1'

/** Stores a snapshot of a code folder, or finds the stored one that a reference names. */
export async function pinCode(
  ctx: Context,
  text: string,
  { notes, bytes, includes = [] }: PinOptions & { readonly includes?: readonly string[] },
): Promise<PinnedCode> {
  const found = resolveReference(ctx, text, { wanted: { kind: 'code' }, notes })
  if (found.type === 'version') {
    const { row } = found
    const { hash = row.content, fileCount = 0 } = row.facts
    const { localPath } = placeOfUri(ctx, row.uri ?? '')
    const id = idOf(ctx.identity, row, row.version)
    const path = pinnedReference(ctx.identity, row, row.version)
    return { path, code: { id, localPath, hash, fileCount } }
  }
  if (found.type === 'place') {
    const { uri, localPath } = found.place
    const request = { root: localPath, ignore: 'code', ...walkFacts(ctx) } as const
    const { hash, fileCount } =
      bytes === 'leave' ? UNREAD : await ctx.trees.run('hashTree', request)
    return { path: uri, code: { id: uri, localPath, hash, fileCount } }
  }
  if (found.type === 'url') throw notCode(text)
  return storeCode(ctx, found.path, { notes, includes, bytes })
}

async function storeCode(
  ctx: Context,
  path: string,
  { notes, includes, bytes }: PinOptions & { readonly includes: readonly string[] },
): Promise<PinnedCode> {
  const options = { bytes, ignore: 'code', includes, asFolder: true, notes } as const
  const { uri, localPath, hash, fileCount, sizeBytes } = await takeLocal(ctx, path, options)
  const key = { kind: 'code', name: guidOf(hash) } as const
  if (bytes === 'store')
    registerVersion(ctx.db, {
      ...key,
      version: CODE_VERSION,
      type: 'code',
      uri,
      entity: { path: uri },
      content: hash,
      facts: { hash, fileCount, sizeBytes },
      anonymous: true,
      createdBy: ctx.user,
      atMs: ctx.now(),
    })
  const id = idOf(ctx.identity, key, CODE_VERSION)
  return {
    path: pinnedReference(ctx.identity, key, CODE_VERSION),
    code: { id, localPath, hash, fileCount },
  }
}

function guidOf(hash: string): string {
  return hash.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function notCode(text: string): AmletError {
  return new AmletError({
    code: 'InvalidReference',
    message: `code "${text}" is an address, and code is read from folders of this machine`,
    hint: 'download it, and give the folder',
  })
}
