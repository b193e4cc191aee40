import { type AssetKey, describeAsset } from '../core/asset/kind.ts'
import { AmletError, type Diagnostic } from '../core/errors.ts'
import type { AssetKind } from '../core/refs/reference.ts'
import { didYouMean } from '../core/suggest.ts'
import { getAsset, listAssetLabels, listAssets, listAssetVersions } from '../store/assets.ts'
import type { Context } from './context.ts'

const MOST_LISTED = 10

/** The line that would make a missing asset. */
function createLine({ kind, name, registry }: AssetKey, version?: string): string {
  const tail = `${version === undefined || version === 'latest' ? '' : ` -v ${version}`}${registry ? ` --registry-name ${registry}` : ''}`
  const given: Record<AssetKind, string> = {
    data: `-n ${name}${tail} --path <file or folder> --type uri_folder`,
    model: `-n ${name}${tail} --path <folder> --type mlflow_model`,
    environment: `-n ${name}${tail} --conda-file <conda.yml> --image <image>`,
    component: `-n ${name}${tail} -f <component.yml>`,
    code: `-n ${name}${tail} --path <folder>`,
  }
  return `amlet ${kind} create ${given[kind]}`
}

/** No asset of this name. Says the nearest name, which there are, and the line that makes one. */
export function unknownName(ctx: Context, key: AssetKey, version?: string): AmletError {
  const names = listAssets(ctx.db, key.kind, key.registry ?? '').map((asset) => asset.name)
  const near = didYouMean(key.name, names)
  const known = names.length === 0 ? `there is no ${key.kind} here yet` : thereAre(names)
  return notFound(
    `there is no ${describeAsset(key)}`,
    `${near === undefined ? '' : `${near} `}${known}; to make it: ${createLine(key, version)}`,
  )
}

/** The name is there, the version is not. */
export function unknownVersion(ctx: Context, key: AssetKey, version: string): AmletError {
  if (getAsset(ctx.db, key) === undefined) return unknownName(ctx, key, version)
  const versions = listAssetVersions(ctx.db, key).map((row) => row.version)
  const message = `${describeAsset(key)} has no version ${version}`
  if (version === 'latest' || listAssetLabels(ctx.db, key).has(version))
    return notFound(message, `did you mean azureml:${key.name}@${version}?`)
  const known = versions.length === 0 ? 'all its versions were deleted' : `it has ${list(versions)}`
  return notFound(message, `${known}; to make it: ${createLine(key, version)}`)
}

/** The name is there, the label is not, or names nothing any more. */
export function unknownLabel(ctx: Context, key: AssetKey, label: string): AmletError {
  const asset = getAsset(ctx.db, key)
  if (asset === undefined) return unknownName(ctx, key)
  const versions = listAssetVersions(ctx.db, key)
  const message = `${describeAsset(key)} has no label "${label}"`
  if (label === 'latest')
    return notFound(
      `${describeAsset(key)} has no version that is not archived`,
      versions.length === 0
        ? `to make one: ${createLine(key)}`
        : `name one (${list(versions.map((row) => row.version))}), or restore it: amlet ${key.kind} restore -n ${key.name}${asset.archived ? '' : ` -v ${versions[0]?.version}`}`,
    )
  const labels = ['latest', ...listAssetLabels(ctx.db, key).keys()]
  const near = didYouMean(label, labels)
  return notFound(message, `${near === undefined ? '' : `${near} `}its labels are ${list(labels)}`)
}

/** A registry nobody made. */
export function unknownRegistry(name: string, known: readonly string[]): AmletError {
  const names = ['azureml', ...known]
  const near = didYouMean(name, names)
  return notFound(
    `there is no registry ${name}`,
    `${near === undefined ? '' : `${near} `}${thereAre(names)}; to make it: amlet registry create -n ${name}`,
  )
}

/** The built-in registry takes nothing. */
export function readOnlyRegistry(name: string): AmletError {
  return new AmletError({
    code: 'Forbidden',
    message: `registry ${name} is built in and read-only`,
    hint: 'leave --registry-name out, or make a registry of your own: amlet registry create -n <name>',
  })
}

function notFound(message: string, hint: string): AmletError {
  const problem: Diagnostic = { code: 'ResourceNotFound', message, hint }
  return new AmletError(problem)
}

/** `there is a`, `there are a, b and 4 more`. */
export function thereAre(words: readonly string[]): string {
  return `there ${words.length === 1 ? 'is' : 'are'} ${list(words)}`
}

/** `a, b, c and 4 more`. */
export function list(words: readonly string[]): string {
  if (words.length <= MOST_LISTED) return words.join(', ')
  return `${words.slice(0, MOST_LISTED).join(', ')} and ${words.length - MOST_LISTED} more`
}
