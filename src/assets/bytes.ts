import { statSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describeAsset } from '../core/asset/kind.ts'
import { AmletError } from '../core/errors.ts'
import { shellWord } from '../core/shell-word.ts'
import { cannotRead } from '../files/walk.ts'
import { type AssetVersionRow, assetFingerprint } from '../store/assets.ts'
import type { Context } from './context.ts'
import { type Place, placeInDatastore, splitDatastoreUri } from './places.ts'

const MOST_NAMED = 5

/** The URI of a path that is used where it stands. */
export const fileUri = (path: string): string => pathToFileURL(path).href

/**
 * Where the bytes behind a stored URI are.
 *
 * @throws AmletError `FileNotFound` when they are gone.
 */
export function placeOfUri(ctx: Context, uri: string): Place {
  if (uri.startsWith('file:')) return placeOfFile(uri)
  const { datastore, path } = splitDatastoreUri(uri)
  return placeInDatastore(ctx, datastore, path)
}

function placeOfFile(uri: string): Place {
  const localPath = fileURLToPath(uri)
  try {
    return { uri, localPath, isFile: statSync(localPath).isFile() }
  } catch (cause) {
    throw new AmletError(cannotRead(localPath, cause), [], { cause })
  }
}

/**
 * Makes sure that a folder registered in place is still what it was.
 *
 * @throws AmletError `DataChanged`, naming the files.
 */
export async function expectUnchanged(
  ctx: Context,
  row: AssetVersionRow,
  place: Place,
): Promise<void> {
  const entries = row.facts.inPlace ? assetFingerprint(ctx.db, row.id) : undefined
  if (entries === undefined) return
  const root = place.localPath
  const change = await ctx.trees.run('compareListing', { root, entries, limit: MOST_NAMED })
  if (change.count === 0) return
  const more = change.count - change.changed.length
  const files = `${change.changed.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  throw new AmletError({
    code: 'DataChanged',
    message: `${describeAsset(row, row.version)} was registered in place and ${root} is no longer what it was: ${files}`,
    hint: `put it back as it was, or register what it is now: amlet ${row.kind} create -n ${row.name} --path ${shellWord(root)} --in-place`,
  })
}
