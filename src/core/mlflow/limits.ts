/** The limits of mlflow 3.17's server on names and values, with its messages. */
import { decodeFully } from '../refs/percent.ts'
import { invalid, invalidValue, missingValue } from './errors.ts'

const MAX_KEY_LENGTH = 250
const MAX_PARAM_VALUE_LENGTH = 6_000
const MAX_TAG_VALUE_LENGTH = 8_000
const MAX_EXPERIMENT_NAME_LENGTH = 500
const MAX_EXPERIMENT_TAG_VALUE_LENGTH = 20_000
const MAX_REGISTRY_TAG_VALUE_LENGTH = 100_000
const MAX_ALIAS_LENGTH = 255
const MAX_ARTIFACT_LOCATION_LENGTH = 2_048

const BAD_CHARACTERS =
  'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).'

const KEY_PATTERN = /^[/\p{L}\p{N}\p{M}_.\- :]*$/u
const RUN_ID_PATTERN = /^[a-zA-Z0-9][\p{L}\p{N}\p{M}_-]{0,255}$/u

/** Throws unless `key` may name a metric, a param or a tag. `path` is where it stands in the request. */
export function checkKey(key: string, path: string): void {
  if (!KEY_PATTERN.test(key)) throw invalidValue(path, key, BAD_CHARACTERS)
  const normal = normalPath(key)
  if (normal !== key || normal === '.' || normal.startsWith('..') || normal.startsWith('/'))
    throw invalidValue(
      path,
      key,
      `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${normal}'`,
    )
}

/** POSIX path normalisation without a file system: empty becomes `.`. */
export function normalPath(path: string): string {
  const absolute = path.startsWith('/')
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (!absolute) parts.push(part)
  }
  const joined = parts.join('/')
  if (absolute) return `/${joined}`
  return joined === '' ? '.' : joined
}

/** Characters as Python counts them. */
export function lengthOf(text: string): number {
  if (text.length <= MAX_KEY_LENGTH) return text.length
  let length = 0
  for (const _character of text) length += 1
  return length
}

function checkLength(what: string, text: string, limit: number): void {
  if (text.length > limit && lengthOf(text) > limit)
    throw invalid(`'${what}' exceeds the maximum length of ${limit} characters`)
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : [...text].slice(0, limit).join('')
}

export function checkMetricKey(key: string, path: string): void {
  checkKey(key, path)
  checkLength('Metric name', key, MAX_KEY_LENGTH)
}

/** A param as it is stored: values too long are cut, as `mlflow server` does by default. */
export function checkedParam(key: string, value: string, path: string): string {
  checkKey(key, path)
  checkLength('Param key', key, MAX_KEY_LENGTH)
  return cut(value, MAX_PARAM_VALUE_LENGTH)
}

/** A run's tag as it is stored: values too long are cut. */
export function checkedTag(key: string, value: string, path: string): string {
  checkKey(key, path)
  checkLength(path, key, MAX_KEY_LENGTH)
  return cut(value, MAX_TAG_VALUE_LENGTH)
}

export function checkExperimentTag(key: string, value: string): void {
  checkKey(key, 'key')
  checkLength('key', key, MAX_KEY_LENGTH)
  checkLength('value', value, MAX_EXPERIMENT_TAG_VALUE_LENGTH)
}

export function checkRegistryTag(key: string, value: string): void {
  checkKey(key, 'key')
  checkLength('key', key, MAX_KEY_LENGTH)
  checkLength('value', value, MAX_REGISTRY_TAG_VALUE_LENGTH)
}

export function checkRunId(runId: string): void {
  if (!RUN_ID_PATTERN.test(runId)) throw invalidValue('run_id', runId)
}

export function checkExperimentName(name: string): void {
  if (name === '') throw invalid("Invalid experiment name: ''")
  checkLength('name', name, MAX_EXPERIMENT_NAME_LENGTH)
}

/** The number behind an experiment id; '' is the default experiment. */
export function experimentNumber(experimentId: string): number {
  const text = experimentId === '' ? '0' : experimentId.trim()
  if (!/^[-+]?\d+$/.test(text))
    throw invalid(`Invalid experiment ID '${experimentId}'. Experiment ID must be a valid integer.`)
  return Number(text)
}

export function checkArtifactLocation(location: string): void {
  if (location.startsWith('runs:'))
    throw invalid(`Artifact location cannot be a runs:/ URI. Given: '${location}'`)
  if (location.length > MAX_ARTIFACT_LOCATION_LENGTH)
    throw invalid(
      `Invalid artifact path length. The length of the artifact path cannot be greater than ${MAX_ARTIFACT_LOCATION_LENGTH}. To configure this limit, please set the MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH environment variable.`,
    )
  if (location.includes('#') || /;[^/]*$/.test(location))
    throw invalid("'artifact_location' URL can't include fragments or params.")
  const query = /\?(.*)$/.exec(location)?.[1] ?? ''
  if (decodeFully(query)?.includes('..') ?? true) throw invalid('Invalid query string')
}

export function checkModelName(name: string): void {
  if (name.trim() === '') throw missingValue('name')
  if (/[/:]/.test(name))
    throw invalid(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`)
  const normal = normalPath(name)
  if (normal !== name || normal === '.' || normal.startsWith('..'))
    throw invalidValue(
      'name',
      name,
      `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${normal}'`,
    )
}

/** The number of a model version, from the text a request gives. */
export function modelVersionNumber(version: string): number {
  if (!/^\s*[-+]?\d+\s*$/.test(version))
    throw invalid(`Parameter 'version' must be an integer, got '${version}'.`)
  return Number(version)
}

export function checkAlias(alias: string): void {
  if (alias === '') throw invalid('Registered model alias name cannot be empty.')
  if (!/^[\p{L}\p{N}\p{M}_-]*$/u.test(alias))
    throw invalid(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    )
  checkLength('Registered model alias name', alias, MAX_ALIAS_LENGTH)
}

/** Aliases that cannot be set: they mean something already. */
export function checkAliasNotReserved(alias: string): void {
  if (alias.toLowerCase() === 'latest')
    throw invalid("'latest' alias name (case insensitive) is reserved.")
  if (/^[vV]\d+$/.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`)
}

const BATCH_LIMITS = { metrics: 1_000, params: 100, tags: 100 } as const

/** Throws when a log-batch holds more than it may. */
export function checkBatchSize(counts: { metrics: number; params: number; tags: number }): void {
  const tooMany = (what: string, limit: number, count: number) =>
    invalid(
      `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
    )
  for (const what of ['metrics', 'params', 'tags'] as const)
    if (counts[what] > BATCH_LIMITS[what]) throw tooMany(what, BATCH_LIMITS[what], counts[what])
  const all = counts.metrics + counts.params + counts.tags
  if (all > 1_000) throw tooMany('metrics, params, and tags', 1_000, all)
}
