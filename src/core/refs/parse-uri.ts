import { didYouMean } from '../suggest.ts'
import { knownCollection, unknownCollection } from './parse.ts'
import type { Reference, ReferenceProblem, Selector } from './reference.ts'

const HEADS = [
  'locations',
  'registries',
  'datastores',
  'subscriptions',
  'jobs',
  'models',
  'data',
  'feeds',
]

interface Scope {
  readonly subscription: string
  readonly resourceGroup: string
  readonly workspace: string
}

/** An address that begins with `azureml://`. */
export function parseAzuremlUri(text: string): Reference | ReferenceProblem {
  const rest = text.slice('azureml://'.length)
  const [head = '', ...tail] = rest.split('/')
  switch (head) {
    case 'locations':
      return parseAssetId(text, tail)
    case 'registries':
    case 'feeds':
      return parseRegistry(text, tail)
    case 'subscriptions':
      return parseScoped(text, rest)
    case 'datastores':
      return parseDatastore(text, rest)
    case 'jobs':
      return parseJobOutput(text, rest)
    case 'virtualclusters':
      return { type: 'name', name: text }
    default:
      return parseCollection(text, head, tail)
  }
}

function broken(text: string, offset: number, hint: string): ReferenceProblem {
  return { type: 'problem', message: `"${text}" is not complete`, offset, hint }
}

/** `<collection>/<name>` with `versions/<v>` or `labels/<l>`: the end of all asset addresses. */
function readAsset(
  text: string,
  parts: readonly string[],
): ({ collection: string; name: string } & Selector) | ReferenceProblem {
  const [collection = '', name = '', selects, selected, ...more] = parts
  const known = knownCollection(collection)
  if (known === undefined) return unknownCollection(text, collection)
  const shape = `end it with ${known}/<name>/versions/<version> or ${known}/<name>/labels/<label>`
  if (name === '' || /\s/.test(name)) return broken(text, text.length, shape)
  if ((selects !== 'versions' && selects !== 'labels') || more.length > 0)
    return broken(text, text.length, shape)
  if (selected === undefined || selected === '') return broken(text, text.length, shape)
  return selects === 'versions'
    ? { collection: known, name, version: selected }
    : { collection: known, name, label: selected }
}

function parseAssetId(text: string, parts: readonly string[]): Reference | ReferenceProblem {
  const [location = '', word, workspaceId = '', ...asset] = parts
  if (location === '' || word !== 'workspaces' || workspaceId === '')
    return broken(
      text,
      0,
      'write azureml://locations/<location>/workspaces/<id>/<kind>/<name>/versions/<version>',
    )
  const found = readAsset(text, asset)
  if ('message' in found) return found
  return { type: 'asset-id', location, workspaceId, ...found }
}

function parseRegistry(text: string, parts: readonly string[]): Reference | ReferenceProblem {
  const [registry = '', ...asset] = parts
  if (registry === '')
    return broken(text, 0, 'write azureml://registries/<registry>/<kind>/<name>/versions/<version>')
  const [collection = '', name, ...selection] = asset
  if (knownCollection(collection) === 'components' && name && selection.length === 0)
    return { type: 'registry', registry, collection: 'components', name }
  const found = readAsset(text, asset)
  if ('message' in found) return found
  return { type: 'registry', registry, ...found }
}

function parseScoped(text: string, rest: string): Reference | ReferenceProblem {
  const match =
    /^subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/(?:providers\/Microsoft\.MachineLearningServices\/)?workspaces\/([^/]+)\/(.*)$/isu.exec(
      rest,
    )
  const [, subscription, resourceGroup, workspace, below] = match ?? []
  if (!subscription || !resourceGroup || !workspace || !below)
    return broken(
      text,
      0,
      'write azureml://subscriptions/<id>/resourcegroups/<group>/workspaces/<workspace>/datastores/<datastore>/paths/<path>',
    )
  const scope: Scope = { subscription, resourceGroup, workspace }
  if (below.startsWith('datastores/')) return parseDatastore(text, below, scope)
  const found = readAsset(text, below.split('/'))
  if ('message' in found) return found
  return { type: 'workspace-asset', scope, ...found }
}

function parseDatastore(text: string, rest: string, scope?: Scope): Reference | ReferenceProblem {
  const [, datastore, path] = /^datastores\/([^/\s]+)(?:\/paths(?:\/(.*))?)?\/?$/su.exec(rest) ?? []
  if (datastore === undefined)
    return broken(text, 0, 'write azureml://datastores/<datastore>/paths/<path>')
  const base = { type: 'datastore-path', datastore, path: path ?? '' } as const
  return scope === undefined ? base : { ...base, scope }
}

function parseJobOutput(text: string, rest: string): Reference | ReferenceProblem {
  const [, job, output, path] =
    /^jobs\/([^/\s]+)\/outputs\/([^/\s]+)(?:\/paths(?:\/(.*))?)?\/?$/su.exec(rest) ?? []
  if (job === undefined || output === undefined)
    return broken(text, 0, 'write azureml://jobs/<job>/outputs/<output>/paths/<path>')
  return { type: 'job-output', job, output, path: path ?? '' }
}

function parseCollection(
  text: string,
  head: string,
  tail: readonly string[],
): Reference | ReferenceProblem {
  if (knownCollection(head) === undefined) return unknownHead(head)
  const found = readAsset(text, [head, ...tail])
  return 'message' in found ? found : { type: 'workspace-asset', ...found }
}

function unknownHead(head: string): ReferenceProblem {
  const meant = didYouMean(head, HEADS)
  return {
    type: 'problem',
    message: `"azureml://${head}" is no form of address that is known`,
    offset: 0,
    hint: meant ?? `after azureml:// comes one of ${HEADS.join(', ')}`,
    ...(meant === undefined ? { isDoubtful: true } : {}),
  }
}
