import { resolve } from 'node:path'
import { AmletError, type Diagnostic } from '../../core/errors.ts'
import type { Context } from '../context.ts'
import type { Args } from '../grammar/args.ts'
import type { Run } from '../grammar/command.ts'
import { UsageError } from '../grammar/usage-error.ts'
import type { Outcome } from '../output/outcome.ts'
import { assetListOutcome } from './asset-list.ts'
import { confirm } from './confirm.ts'
import { checkArchived } from './job-list.ts'
import { printWarnings } from './notes.ts'
import { apiPath } from './paths.ts'
import { updateBody } from './update-body.ts'
import { postWithProgress } from './upload-progress.ts'
import { readPairs, yamlBody } from './yaml-body.ts'

type Entity = Readonly<Record<string, unknown>>
interface Created {
  readonly entity: Entity
  readonly created?: boolean
  readonly warnings?: readonly Diagnostic[]
}

/** The segment of the API below which a kind's assets are. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  data: 'data',
  model: 'models',
  environment: 'environments',
  component: 'components',
}

function collection(kind: string): string {
  return `/${COLLECTIONS[kind] ?? kind}`
}

export const createAsset =
  (kind: string): Run =>
  async (context, args) => {
    checkEnough(kind, args)
    const client = await context.connect()
    const params = createParams(kind, args)
    const body = yamlBody(args, context, { params, isLocal: client.isLocal })
    const path = collection(kind)
    const { entity, warnings } = await postWithProgress<Created>(context, client, { path, body })
    printWarnings(context, warnings)
    return { value: entity }
  }

/** az's own words for too few options. */
function checkEnough(kind: string, args: Args): void {
  if (args.has('file')) return
  const isEnough =
    kind === 'environment'
      ? args.has('name') && ['image', 'conda-file', 'build-context'].some((key) => args.has(key))
      : args.has('name') && args.has('path')
  if (isEnough) return
  throw new UsageError(
    kind === 'environment'
      ? 'Please provide either --file/-f or --name/-n and one of --image/-i, --conda-file/-c, --build-context/-b.'
      : 'Please provide either --file/-f  or --name/-n and --path/-p.',
  )
}

const TEXT_OPTIONS = ['name', 'version', 'path', 'type', 'description', 'datastore', 'stage']

function createParams(kind: string, args: Args): Record<string, unknown> {
  const texts = TEXT_OPTIONS.filter((key) => args.knows(key)).map((key) => [key, args.text(key)])
  return {
    ...Object.fromEntries(texts),
    ...(args.knows('tags') ? { tags: readPairs(args.list('tags')) } : {}),
    ...(kind === 'environment' ? environmentParams(args) : {}),
    ...(args.knows('dry-run') && args.isOn('dry-run') ? { dry_run: true } : {}),
    ...(args.knows('in-place') && args.isOn('in-place') ? { in_place: true } : {}),
  }
}

function environmentParams(args: Args): Record<string, unknown> {
  const build = args.text('build-context')
  const dockerfile = args.text('dockerfile-path')
  return {
    image: args.text('image'),
    conda_file: args.text('conda-file'),
    os_type: args.text('os-type'),
    ...(build === undefined
      ? {}
      : { build: { path: build, ...(dockerfile ? { dockerfile_path: dockerfile } : {}) } }),
  }
}

/** The path of one version: by version, by label, or the latest. */
function onePath(kind: string, args: Args): string {
  const { label, version } = readSelector(args)
  const path = collection(kind) + apiPath(args.need('name'))
  if (version !== undefined) return `${path}/versions${apiPath(version)}`
  return `${path}/labels${apiPath(label ?? 'latest')}`
}

function readSelector(args: Args): { label: string | undefined; version: string | undefined } {
  const label = args.knows('label') ? args.text('label') : undefined
  const version = args.text('version')
  if (label === undefined || version === undefined) return { label, version }
  throw new AmletError({
    code: 'UserError',
    message: `--label ${label} and --version ${version} cannot be given together`,
    hint: 'leave one of them out',
  })
}

function registryOf(args: Args): { readonly registry_name: string | undefined } {
  return { registry_name: args.knows('registry-name') ? args.text('registry-name') : undefined }
}

export const showAsset =
  (kind: string): Run =>
  async (context, args) => {
    const client = await context.connect()
    return { value: await client.get(onePath(kind, args), { query: registryOf(args) }) }
  }

export const listAssets =
  (kind: string): Run =>
  async (context, args) => {
    checkArchived(args)
    const client = await context.connect()
    const name = args.text('name')
    const query = {
      ...registryOf(args),
      name,
      max_results: args.number('max-results'),
      include_archived: args.isOn('include-archived') || undefined,
      archived_only: args.isOn('archived-only') || undefined,
      stage: args.knows('stage') ? args.text('stage') : undefined,
    }
    const { value } = await client.get<{ value: readonly Entity[] }>(collection(kind), { query })
    return assetListOutcome(kind, value, name !== undefined)
  }

/** One version, a label's version, or without either the whole container. */
async function act(
  verb: string,
  on: { readonly kind: string; readonly context: Context; readonly args: Args },
): Promise<Outcome> {
  const { kind, context, args } = on
  const { label, version } = readSelector(args)
  const client = await context.connect()
  const path = collection(kind) + apiPath(args.need('name'), verb)
  await client.post(path, { label, version }, { query: registryOf(args) })
  return {}
}

export const archiveAsset =
  (kind: string): Run =>
  (context, args) =>
    act('archive', { kind, context, args })

export const restoreAsset =
  (kind: string): Run =>
  (context, args) =>
    act('restore', { kind, context, args })

export const updateAsset =
  (kind: string): Run =>
  async (context, args) => {
    checkNoFile(kind, args)
    const client = await context.connect()
    const stage = args.knows('stage') ? args.text('stage') : undefined
    const body = updateBody(args, stage === undefined ? {} : { stage })
    const { label, version } = readSelector(args)
    const path =
      label === undefined && version === undefined
        ? collection(kind) + apiPath(args.need('name'))
        : onePath(kind, args)
    return { value: await client.patch(path, body, { query: registryOf(args) }) }
  }

/** az takes none either; what people mean by it are two other things. */
function checkNoFile(kind: string, args: Args): void {
  const file = args.text('file')
  if (file === undefined) return
  throw new UsageError('unrecognized arguments: --file/-f', [
    `What a version holds never changes; a new version: amlet ${kind} create -f ${file} -v <version>`,
    `Description and tags: amlet ${kind} update -n <name> -v <version> --set description=… tags.x=…`,
  ])
}

export const deleteAsset =
  (kind: string): Run =>
  async (context, args) => {
    await confirm(args, context)
    const client = await context.connect()
    const { label, version } = readSelector(args)
    const path =
      label === undefined && version === undefined
        ? collection(kind) + apiPath(args.need('name'))
        : onePath(kind, args)
    await client.delete(path, { query: registryOf(args) })
    return {}
  }

export const setLabel =
  (kind: string): Run =>
  async (context, args) => {
    const client = await context.connect()
    const path = collection(kind) + apiPath(args.need('name'), 'labels', args.need('label'))
    const query = registryOf(args)
    return { value: await client.put(path, { version: args.need('version') }, { query }) }
  }

export const shareAsset =
  (kind: string): Run =>
  async (context, args) => {
    const client = await context.connect()
    const path = collection(kind) + apiPath(args.need('name'), 'share')
    const { entity } = await client.post<Created>(path, {
      version: args.need('version'),
      registry_name: args.need('registry-name'),
      share_with_name: args.need('share-with-name'),
      share_with_version: args.need('share-with-version'),
    })
    return { value: entity }
  }

export const downloadAsset =
  (kind: string): Run =>
  async (context, args) => {
    const client = await context.connect()
    const { copyFiles } = await import('./copy-files.ts')
    const query = registryOf(args)
    const { files } = await client.get<{ files: Parameters<typeof copyFiles>[1]['files'] }>(
      `${onePath(kind, args)}/download`,
      { query },
    )
    const target = resolve(context.cwd, args.text('download-path') ?? '.', args.need('name'))
    await copyFiles(client, { files, target })
    return {}
  }
