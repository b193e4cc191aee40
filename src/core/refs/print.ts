import type { AssetKind, Reference, Selector } from './reference.ts'

const PROVIDER = 'providers/Microsoft.MachineLearningServices'

/** The canonical text of a reference; `parseReference` gives the same reference back. */
export function printReference(ref: Reference): string {
  switch (ref.type) {
    case 'asset':
      return `azureml:${ref.name}${shortSelector(ref)}`
    case 'arm':
      return `${armWorkspace(ref)}/${ref.collection}/${ref.name}${longSelector(ref)}`
    case 'asset-id':
      return `azureml://locations/${ref.location}/workspaces/${ref.workspaceId}/${ref.collection}/${ref.name}${longSelector(ref)}`
    case 'registry':
      return `azureml://registries/${ref.registry}/${ref.collection}/${ref.name}${longSelector(ref)}`
    case 'workspace-asset':
      return `${scoped(ref.scope)}${ref.collection}/${ref.name}${longSelector(ref)}`
    case 'datastore-path':
      return `${scoped(ref.scope)}datastores/${ref.datastore}/paths/${ref.path}`
    case 'job-output':
      return `azureml://jobs/${ref.job}/outputs/${ref.output}/paths/${ref.path}`
    case 'run':
      return `runs:/${ref.run}/${ref.path}`
    case 'mlflow-model':
      return `models:/${ref.name}${mlflowSelector(ref)}`
    case 'url':
    case 'git':
      return ref.url
    case 'local':
      return isPlainPath(ref.path) ? ref.path : `file:${ref.path}`
    case 'name':
      return ref.name
    case 'binding':
      return ref.text
  }
}

/** True for a path that reads as one without `file:` in front. */
function isPlainPath(path: string): boolean {
  if (/^\/?subscriptions\//i.test(path)) return false
  return /^(\.{0,2}|~)\//.test(path) || /^[^:@$\s][^:@$]*$/.test(path)
}

/** Neither: a model that MLflow 3 logged, called by its own id. */
function mlflowSelector({ version, label }: Selector): string {
  if (version !== undefined) return `/${version}`
  return label === undefined ? '' : `@${label}`
}

function shortSelector(ref: Selector): string {
  if (ref.version !== undefined) return `:${ref.version}`
  return ref.label === undefined ? '' : `@${ref.label}`
}

function longSelector(ref: Selector): string {
  if (ref.version !== undefined) return `/versions/${ref.version}`
  return ref.label === undefined ? '' : `/labels/${ref.label}`
}

interface Workspace {
  readonly subscription: string
  readonly resourceGroup: string
  readonly workspace: string
}

function armWorkspace({ subscription, resourceGroup, workspace }: Workspace): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/${PROVIDER}/workspaces/${workspace}`
}

function scoped(scope: Workspace | undefined): string {
  if (scope === undefined) return 'azureml://'
  const { subscription, resourceGroup, workspace } = scope
  return `azureml://subscriptions/${subscription}/resourcegroups/${resourceGroup}/workspaces/${workspace}/`
}

const COLLECTION_OF: Readonly<Record<AssetKind | 'compute' | 'datastore' | 'job', string>> = {
  data: 'data',
  model: 'models',
  environment: 'environments',
  component: 'components',
  code: 'codes',
  compute: 'computes',
  datastore: 'datastores',
  job: 'jobs',
}

/** The ARM id of something in a workspace; without `version` for what has none. */
export function armId(
  parts: Workspace & {
    readonly kind: keyof typeof COLLECTION_OF
    readonly name: string
    readonly version?: string
  },
): string {
  const version = parts.version === undefined ? {} : { version: parts.version }
  const { subscription, resourceGroup, workspace, name } = parts
  const collection = COLLECTION_OF[parts.kind]
  return printReference({
    type: 'arm',
    subscription,
    resourceGroup,
    workspace,
    collection,
    name,
    ...version,
  })
}

/** The Asset ID (`azureml://locations/…`) of one version of an asset. */
export function assetId(parts: {
  readonly location: string
  readonly workspaceId: string
  readonly kind: AssetKind
  readonly name: string
  readonly version: string
}): string {
  const { location, workspaceId, name, version } = parts
  const collection = COLLECTION_OF[parts.kind]
  return printReference({ type: 'asset-id', location, workspaceId, collection, name, version })
}

/** The address of one version of an asset in a registry. */
export function registryId(parts: {
  readonly registry: string
  readonly kind: AssetKind
  readonly name: string
  readonly version: string
}): string {
  const { registry, name, version } = parts
  return printReference({
    type: 'registry',
    registry,
    collection: COLLECTION_OF[parts.kind],
    name,
    version,
  })
}

/** `azureml://datastores/<datastore>/paths/<path>`. */
export function datastoreUri(datastore: string, path: string): string {
  return printReference({ type: 'datastore-path', datastore, path })
}

/** `azureml://jobs/<job>/outputs/<output>/paths/<path>`. */
export function jobOutputUri(job: string, output: string, path = ''): string {
  return printReference({ type: 'job-output', job, output, path })
}
