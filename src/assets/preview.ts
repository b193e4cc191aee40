import { existsSync } from 'node:fs'
import { basename, isAbsolute, join, resolve } from 'node:path'
import { checkAssetName } from '../core/asset/names.ts'
import { AmletError, throwOnErrors } from '../core/errors.ts'
import { type Context, type Notes, walkFacts } from './context.ts'
import type { BytesEntity } from './create-bytes.ts'
import { checkLocalShape } from './local-shape.ts'
import { DEFAULT_DATASTORE, writableDatastore } from './upload.ts'
import type { AssetView } from './view.ts'

/**
 * Says what registering data or a model would upload: every file, and whether its content is stored already.
 * Nothing is written.
 *
 * @throws AmletError what registering it would be refused for.
 */
export async function previewUpload(
  ctx: Context,
  kind: 'data' | 'model',
  { entity, notes }: { readonly entity: BytesEntity; readonly notes: Notes },
): Promise<AssetView> {
  const { name = '', version, path } = entity
  throwOnErrors(checkAssetName(kind, name, version))
  if (path === undefined || !isAbsolute(path))
    return { ...entity, file_count: 0, size_bytes: 0, files: [] }
  const root = resolve(path)
  checkLocalShape(root, entity.type ?? '')
  const progress = notes.progress?.buffer
  const request = { root, ignore: 'data', progress, ...walkFacts(ctx) } as const
  const { files } = await ctx.trees.run('listTree', request)
  if (files.length === 0)
    throw new AmletError({
      code: 'InvalidValue',
      message: `the folder ${root} holds no file to store`,
      hint: 'put a file into it; what .amlignore or .gitignore names does not count',
    })
  const { hash, sizeBytes } = await ctx.trees.run('hashTree', request)
  const { folder } = writableDatastore(ctx, entity.datastore ?? DEFAULT_DATASTORE)
  return {
    ...entity,
    content_hash: hash,
    is_stored: existsSync(join(folder, 'LocalUpload', hash, basename(root))),
    file_count: files.length,
    size_bytes: sizeBytes,
    files: files.map((file) => ({
      path: file.path || basename(root),
      size_bytes: file.sizeBytes,
    })),
  }
}
