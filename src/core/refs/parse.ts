import { didYouMean, withArticle } from '../suggest.ts'
import { parseAzuremlUri } from './parse-uri.ts'
import {
  COLLECTIONS,
  type Reference,
  type ReferenceKind,
  type ReferenceProblem,
} from './reference.ts'

const ARM =
  /^\/?subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/microsoft\.machinelearningservices\/workspaces\/([^/]+)\/([^/]+)\/([^/]+)(?:\/(versions|labels)\/([^/]+))?$/iu
const URL_SCHEMES = [
  'http',
  'https',
  'wasb',
  'wasbs',
  'abfs',
  'abfss',
  'adl',
  's3',
  'gs',
  'dbfs',
] as const
/** Names of assets, computes, jobs: what Azure allows, and a little more. */
const NAME = /^[A-Za-z0-9_][\w.+-]*$/
const KIND_WORDS: Readonly<Record<ReferenceKind, string>> = {
  data: 'data asset',
  model: 'model',
  environment: 'environment',
  component: 'component',
  code: 'code asset',
  input: 'data asset or model',
  compute: 'compute',
  datastore: 'datastore',
  job: 'job',
}

/**
 * Takes any form of reference apart. `kind` says what it should name: it decides how a text without
 * prefix is read, and a reference to something else is a problem. Never throws.
 */
export function parseReference(
  text: string,
  { kind }: { readonly kind: ReferenceKind },
): Reference | ReferenceProblem {
  const found = parseAny(text, kind)
  if (found.type === 'problem' || !('collection' in found)) return found
  return checkCollection(found, kind, text)
}

function parseAny(text: string, kind: ReferenceKind): Reference | ReferenceProblem {
  if (text.trim() === '')
    return problem(`${withArticle(KIND_WORDS[kind])} is expected, not an empty text`, 0)
  if (/^\$\{\{[^{}]*\}\}$/.test(text)) return { type: 'binding', text }
  if (/^azureml:\/\//.test(text)) return parseAzuremlUri(text)
  if (/^(azureml:)?\/?subscriptions\//i.test(text)) return parseArm(text)
  if (/^runs:\//.test(text)) return parseRun(text)
  if (/^models:\//.test(text)) return parseMlflowModel(text)
  if (/^git\+/.test(text)) return { type: 'git', url: text }
  if (/^file:/.test(text)) return parseFile(text)
  if (/^azureml:/.test(text)) return parsePrefixed(text, kind)
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\//.exec(text)?.[1]
  if (scheme !== undefined) return parseUrl(text, scheme)
  return parseBare(text, kind)
}

function problem(message: string, offset: number, hint?: string): ReferenceProblem {
  return hint === undefined
    ? { type: 'problem', message, offset }
    : { type: 'problem', message, offset, hint }
}

function checkCollection(
  found: Extract<Reference, { collection: string }>,
  kind: ReferenceKind,
  text: string,
): Reference | ReferenceProblem {
  const named = COLLECTIONS.get(found.collection)
  const fits = named === kind || (kind === 'input' && (named === 'data' || named === 'model'))
  const isJobOfSchedule = kind === 'job' && named === 'other'
  if (fits || isJobOfSchedule) return found
  return problem(
    `"${text}" names something under "${found.collection}", and ${withArticle(KIND_WORDS[kind])} is expected`,
    text.indexOf(found.collection),
  )
}

function parseArm(text: string): Reference | ReferenceProblem {
  const skipped = text.startsWith('azureml:') ? 'azureml:'.length : 0
  const match = ARM.exec(text.slice(skipped))
  const [, subscription, resourceGroup, workspace, collection, name, selects, selected] =
    match ?? []
  if (
    subscription === undefined ||
    resourceGroup === undefined ||
    workspace === undefined ||
    collection === undefined ||
    name === undefined
  )
    return problem(
      `"${text}" begins like an ARM id and is none`,
      skipped,
      'write /subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.MachineLearningServices/workspaces/<workspace>/<kind>/<name>/versions/<version>',
    )
  const known = knownCollection(collection)
  if (known === undefined) return unknownCollection(text, collection)
  const base = {
    type: 'arm',
    subscription,
    resourceGroup,
    workspace,
    collection: known,
    name,
  } as const
  if (selects === undefined || selected === undefined) return base
  return selects.toLowerCase() === 'labels'
    ? { ...base, label: selected }
    : { ...base, version: selected }
}

/** The canonical spelling of a collection, whatever its case. */
export function knownCollection(collection: string): string | undefined {
  if (COLLECTIONS.has(collection)) return collection
  const lower = collection.toLowerCase()
  return [...COLLECTIONS.keys()].find((known) => known.toLowerCase() === lower)
}

export function unknownCollection(text: string, collection: string): ReferenceProblem {
  return problem(
    `"${collection}" is no kind of asset`,
    text.indexOf(collection),
    didYouMean(collection, COLLECTIONS.keys()),
  )
}

function parseRun(text: string): Reference | ReferenceProblem {
  const [, run, path] = /^runs:\/+([^/]+)\/?(.*)$/u.exec(text) ?? []
  if (run === undefined || path === undefined || path === '')
    return problem(`"${text}" is no run artifact`, 0, 'write runs:/<run>/<path>')
  return { type: 'run', run, path }
}

function parseMlflowModel(text: string): Reference | ReferenceProblem {
  const byVersion = /^models:\/+([^/@]+)\/([^/@]+)$/u.exec(text)
  if (byVersion?.[1] !== undefined && byVersion[2] !== undefined) {
    const [, name, version] = byVersion
    return version === 'latest'
      ? { type: 'mlflow-model', name, label: 'latest' }
      : { type: 'mlflow-model', name, version }
  }
  const logged = /^models:\/+(m-[\w-]+)$/u.exec(text)?.[1]
  if (logged !== undefined) return { type: 'mlflow-model', name: logged }
  const [, name, label] = /^models:\/+([^/@]+)@([^/@]+)$/u.exec(text) ?? []
  if (name === undefined || label === undefined)
    return problem(
      `"${text}" is no MLflow model`,
      0,
      'write models:/<name>/<version> or models:/<name>@<alias>',
    )
  return { type: 'mlflow-model', name, label }
}

function parseFile(text: string): Reference | ReferenceProblem {
  const path = text.slice('file:'.length).replace(/^\/\/(?=\/)/, '')
  if (path.trim() === '') return problem('a path is missing behind "file:"', text.length)
  return { type: 'local', path }
}

function parseUrl(text: string, scheme: string): Reference | ReferenceProblem {
  const rest = text.slice(scheme.length + 3)
  if (!URL_SCHEMES.some((known) => known === scheme.toLowerCase()))
    return problem(
      `"${scheme}://" is no kind of address that is known`,
      0,
      didYouMean(scheme, [...URL_SCHEMES, 'azureml']),
    )
  if (/^[/?#]|^$/.test(rest)) return problem(`"${text}" has no host`, scheme.length + 3)
  return { type: 'url', url: text }
}

/** `azureml:` and what may stand behind it besides an ARM id. */
function parsePrefixed(text: string, kind: ReferenceKind): Reference | ReferenceProblem {
  const prefix = 'azureml:'.length
  const rest = text.slice(prefix)
  if (/^(azureml|https?|wasbs?|abfss?|adl):\/\//.test(rest)) return parseAny(rest, kind)
  if (/^\.{0,2}\//.test(rest) || rest === '.') return { type: 'local', path: rest }
  const found = parseShort(rest, prefix, text)
  if (found.type !== 'asset') return found
  if (kind === 'compute' || kind === 'datastore' || kind === 'job') {
    if (found.version === undefined && found.label === undefined) return found
    return problem(
      `${withArticle(KIND_WORDS[kind])} has no version: "${text}"`,
      prefix + found.name.length,
    )
  }
  return found
}

function parseShort(rest: string, offset: number, text: string): Reference | ReferenceProblem {
  const stop = rest.search(/[:@]/)
  const name = stop < 0 ? rest : rest.slice(0, stop)
  if (name === '') return problem(`"${text}" has no name`, offset, 'write azureml:<name>:<version>')
  if (!NAME.test(name)) return badName(name, offset)
  if (stop < 0) return { type: 'asset', name }
  const selected = rest.slice(stop + 1)
  const at = offset + stop + 1
  if (selected === '')
    return problem(
      `"${text}" ends where its ${rest[stop] === ':' ? 'version' : 'label'} should be`,
      at - 1,
    )
  const stray = selected.search(/[:@\s/]/)
  if (stray >= 0)
    return problem(
      `"${text}" has more behind its ${rest[stop] === ':' ? 'version' : 'label'}`,
      at + stray,
      'write azureml:<name>:<version> or azureml:<name>@<label>',
    )
  return rest[stop] === ':'
    ? { type: 'asset', name, version: selected }
    : { type: 'asset', name, label: selected }
}

function badName(name: string, offset: number): ReferenceProblem {
  const stray = name.search(/[^\w.+-]/)
  const shown = stray < 0 ? (name[0] ?? '') : (name[stray] ?? '')
  return problem(`the name "${name}" holds "${shown}"`, offset + Math.max(stray, 0), NAME_HINT)
}

const NAME_HINT = 'names are letters, digits, "_", "-" and "."'

/** A text without prefix or scheme: a path, a name, or `name:version`. */
function parseBare(text: string, kind: ReferenceKind): Reference | ReferenceProblem {
  if (kind === 'compute' || kind === 'datastore' || kind === 'job')
    return { type: 'name', name: text }
  if (/^(\.{0,2}|~)\//.test(text) || text === '.' || text === '..')
    return { type: 'local', path: text }
  if (!/[:@]/.test(text)) return { type: 'local', path: text }
  const [prefix = '', ...more] = text.split(':')
  const typo =
    more.length > 0 ? didYouMean(prefix, ['azureml', 'file', 'runs', 'models', 'https']) : undefined
  if (typo !== undefined && (more.length > 1 || text.includes('@') || text.includes('/')))
    return problem(`"${prefix}:" is no prefix that is known`, 0, typo)
  const isShort = /^[^/\s]+$/.test(text)
  if (kind !== 'input' || !isShort)
    return problem(
      `"${text}" is neither a path nor a reference`,
      Math.max(text.search(/[:@]/), 0),
      isShort ? `did you mean "azureml:${text}"?` : bareHint(text, kind),
    )
  return parseShort(text, 0, text)
}

function bareHint(text: string, kind: ReferenceKind): string {
  if (kind !== 'environment') return `write "./${text}" when it is a path`
  return `for an image write "environment:" and below it "image: ${text}"`
}
