import { decodePercent } from '../refs/percent.ts'
import { invalid } from './errors.ts'

/** What the `source` of a model version points at. */
export type ModelSource =
  | { readonly type: 'run'; readonly runId: string; readonly path: string }
  | { readonly type: 'logged-model'; readonly modelId: string }
  /** `selector` is a version, `latest` or `@alias`. */
  | { readonly type: 'version'; readonly name: string; readonly selector: string }
  /** Below `mlflow-artifacts:/`, of this server or of one that a URL names. */
  | { readonly type: 'artifacts'; readonly uri: string }
  | { readonly type: 'local'; readonly path: string }
  /** Somewhere else: `s3://…`, `dbfs:/…`. */
  | { readonly type: 'remote' }

/**
 * Reads the source of a model version.
 *
 * @throws INVALID_PARAMETER_VALUE for `..` in any encoding, queries, fragments and `models:` URIs that name nothing.
 */
export function parseModelSource(source: string): ModelSource {
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(source)?.[1]?.toLowerCase()
  if (scheme === undefined || scheme === 'file') return { type: 'local', path: source }
  checkAbsolute(source)
  if (/[?#]/.test(source))
    throw invalid(
      `Invalid model version source: '${source}'. URIs with query or fragment are not allowed.`,
    )
  switch (scheme) {
    case 'runs':
      return runSource(source)
    case 'models':
      return modelsSource(source)
    case 'mlflow-artifacts':
      return { type: 'artifacts', uri: source }
    case 'http':
    case 'https':
      return proxied(source)
    default:
      return { type: 'remote' }
  }
}

function checkAbsolute(source: string): void {
  let text = source
  for (let round = 0; round < 10; round += 1) {
    const decoded = unquote(text)
    if (decoded === text) break
    text = decoded
  }
  if (/\u0000/.test(text) || text.split('/').some((part) => part === '..' || part === '.'))
    throw invalid(
      `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`,
    )
}

/** As Python's `unquote_plus`. */
const unquote = (text: string) => decodePercent(text.replaceAll('+', ' '))

function runSource(source: string): ModelSource {
  const [, runId, path = ''] = /^runs:\/(?!\/)([^/]+)(?:\/(.*))?$/.exec(source) ?? []
  if (runId === undefined) throw unidentified(source, 'run_id')
  return { type: 'run', runId, path: path.replace(/\/+$/, '') }
}

function modelsSource(source: string): ModelSource {
  const [, path] = /^models:\/(?!\/)(.+)$/.exec(source) ?? []
  if (path === undefined) throw unidentified(source, 'model_id')
  const [name = '', version, ...more] = path.split('/')
  if (more.length > 0) throw unidentified(source, 'model_id')
  if (version !== undefined) return { type: 'version', name, selector: version }
  const [aliased = '', alias] = name.split('@')
  if (alias !== undefined) return { type: 'version', name: aliased, selector: `@${alias}` }
  return { type: 'logged-model', modelId: name }
}

/** The artifacts of a server may be named by its URL. */
function proxied(source: string): ModelSource {
  return /\/api\/2\.0\/mlflow-artifacts\/artifacts\//.test(source)
    ? { type: 'artifacts', uri: source }
    : { type: 'remote' }
}

/** A source that needs the id of what it is part of. */
export function unidentified(source: string, field: 'run_id' | 'model_id'): Error {
  return invalid(
    `Invalid model version source: '${source}'. The ${field} request parameter must identify the resource that contains the source.`,
  )
}

/** Whether `uri` is `root` or lies below it: same scheme, same host, leading parts the same. */
export function isWithin(uri: string, root: string): boolean {
  const [left, right] = [uriParts(uri), uriParts(root)]
  return (
    left.start === right.start &&
    right.parts.length > 0 &&
    right.parts.every((part, place) => part === left.parts[place])
  )
}

function uriParts(uri: string) {
  const [, scheme = '', host = '', path = ''] = /^([^:]+):(?:\/\/([^/]*))?(.*)$/.exec(uri) ?? []
  const parts = path.split('/').filter((part) => part !== '')
  return { start: `${scheme.toLowerCase()}://${host.toLowerCase()}`, parts: parts.map(unquote) }
}

const STAGES = ['None', 'Staging', 'Production', 'Archived'] as const

/** The stage in its own spelling. @throws INVALID_PARAMETER_VALUE */
export function canonicalStage(stage: string): string {
  const found = STAGES.find((known) => known.toLowerCase() === stage.toLowerCase())
  if (found === undefined)
    throw invalid(
      `Invalid Model Version stage: ${stage}. Value must be one of ${STAGES.join(', ')}.`,
    )
  return found
}
