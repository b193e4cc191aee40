import { decodeFully } from '../refs/percent.ts'
import { invalid } from './errors.ts'
import { normalPath } from './limits.ts'

const UTF8 = new TextEncoder()
/** Bytes, on every file system that people use. */
const LONGEST_NAME = 255

/**
 * A relative path of an artifact, fit to be joined to a folder: decoded as often as it is encoded, then free of
 * `..`, of absolute starts, of Windows separators and drives, of `#` and of control characters.
 *
 * @throws MlflowError INVALID_PARAMETER_VALUE `Invalid path`
 */
export function safeArtifactPath(path: string): string {
  const decoded = decodeFully(path)
  if (decoded === undefined) throw invalid('Invalid path')
  const parts = decoded.split('/')
  const isBad =
    decoded.startsWith('/') ||
    /^[a-zA-Z]:|[\\#]/.test(decoded) ||
    /[\u0000-\u001f\u007f]/.test(decoded) ||
    /^file:/i.test(decoded) ||
    parts.includes('..') ||
    parts.some((part) => UTF8.encode(part).length > LONGEST_NAME)
  if (isBad) throw invalid('Invalid path')
  const normal = normalPath(decoded)
  return normal === '.' ? '' : normal
}

/** `path` appended to the path of a URI, before its query; to a plain path as it stands. As mlflow 3.17 does. */
export function appendToUri(uri: string, path: string): string {
  const query = /^[a-z][a-z0-9+.-]*:/i.test(uri) ? uri.indexOf('?') : -1
  const end = query < 0 ? uri.length : query
  const head = uri.slice(0, end)
  return `${head}${head.endsWith('/') ? '' : '/'}${path}${uri.slice(end)}`
}

/** What a path below `mlflow-artifacts:/` means. */
export type ArtifactPlace =
  | { readonly of: 'run'; readonly id: string; readonly path: string }
  | { readonly of: 'model'; readonly id: string; readonly path: string }
  | {
      readonly of: 'registry'
      readonly name: string
      readonly version: string
      readonly path: string
    }
  | { readonly of: 'other'; readonly path: string }

const RUN_PLACE = /^\d+\/([A-Za-z0-9][\w-]{0,255})\/artifacts(?:\/(.*))?$/
const REGISTRY_PLACE = /^registry\/([^/]+)\/([^/]+)(?:\/(.*))?$/
const MODEL_PLACE = /^\d+\/models\/([A-Za-z0-9][\w-]{0,255})\/artifacts(?:\/(.*))?$/

/**
 * `7/<run>/artifacts/x` is file `x` of that run, `7/models/<id>/artifacts/x` of that logged model,
 * `registry/<name>/<version>/x` of a registered version that MLflow did not make.
 */
export function artifactPlace(path: string): ArtifactPlace {
  const [, model, modelPath = ''] = MODEL_PLACE.exec(path) ?? []
  if (model !== undefined) return { of: 'model', id: model, path: modelPath }
  const [, run, runPath = ''] = RUN_PLACE.exec(path) ?? []
  if (run !== undefined) return { of: 'run', id: run, path: runPath }
  const [, name, version, versionPath = ''] = REGISTRY_PLACE.exec(path) ?? []
  if (name !== undefined && version !== undefined)
    return { of: 'registry', name, version, path: versionPath }
  return { of: 'other', path }
}

/** Where the client finds the files of a registered version. */
export function registryUri(name: string, version: string): string {
  return `mlflow-artifacts:/registry/${encodeURIComponent(name)}/${encodeURIComponent(version)}`
}

/** Where a place lies below the workspace's artifact datastore: files of a run are those of its job. */
export function storagePath(place: Exclude<ArtifactPlace, { of: 'registry' }>): string {
  const join = (folder: string) => (place.path === '' ? folder : `${folder}/${place.path}`)
  switch (place.of) {
    case 'run':
    case 'model':
      return join(`ExperimentRun/dcid.${place.id}`)
    case 'other':
      return join('MlflowArtifacts')
  }
}

/** The path below `mlflow-artifacts:/` of a URI with that scheme, with or without a host; else undefined. */
export function proxiedPath(uri: string): string | undefined {
  const match = /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/.exec(uri)
  return match?.[1]
}

const TEXT_SUFFIXES = new Set(
  'txt log err cfg conf cnf properties ini yaml yml xml py js mjs ts json jsonl csv tsv md rst sh bash toml sql r mlmodel mlproject conda gitignore'.split(
    ' ',
  ),
)
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  htm: 'text/html',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  svg: 'image/svg+xml',
  webp: 'image/webp',
  bmp: 'image/bmp',
  pdf: 'application/pdf',
  zip: 'application/zip',
  gz: 'application/gzip',
  tar: 'application/x-tar',
  mp4: 'video/mp4',
  mp3: 'audio/mpeg',
  wav: 'audio/x-wav',
  geojson: 'application/geo+json',
}

/** Media type guessed from a file's name: what people read is text. */
export function mediaTypeOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const suffix = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  if (TEXT_SUFFIXES.has(suffix)) return 'text/plain'
  return TYPES[suffix] ?? 'application/octet-stream'
}
