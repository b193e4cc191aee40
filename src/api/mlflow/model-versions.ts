import { appendToUri, proxiedPath, registryUri } from '../../core/mlflow/artifact-path.ts'
import { invalid, MlflowError } from '../../core/mlflow/errors.ts'
import { KEY_VALUES, REQUIRED_TEXT, TEXT, TEXTS } from '../../core/mlflow/fields.ts'
import { checkKey, checkModelName, checkRegistryTag } from '../../core/mlflow/limits.ts'
import type { Message } from '../../core/mlflow/message.ts'
import {
  canonicalStage,
  isWithin,
  type ModelSource,
  parseModelSource,
  unidentified,
} from '../../core/mlflow/model-source.ts'
import { readPageToken } from '../../core/mlflow/page-token.ts'
import { type Clause, parseFilter } from '../../core/mlflow/search/filter.ts'
import { MODEL_VERSION_GRAMMAR } from '../../core/mlflow/search/grammar.ts'
import { byOrder, isPrompt, matches, mentionsPrompts } from '../../core/mlflow/search/match.ts'
import { type OrderKey, parseOrderBy } from '../../core/mlflow/search/order-by.ts'
import { getLoggedModel, setModelTags } from '../../store/tracking/logged-models.ts'
import { findRun } from '../../store/tracking/runs.ts'
import {
  type Context,
  type JsonRoute,
  jsonRoute,
  type ReadContext,
  type ReadRoute,
  readRoute,
} from './context.ts'
import { spacedJson } from './model-history.ts'
import type { ModelRegistry, ModelVersion } from './model-registry.ts'
import { nextPageToken, nonEmpty } from './pages.ts'
import {
  existingModel,
  existingVersion,
  isSmall,
  registryTags,
  versionByAlias,
} from './registered-models.ts'
import { aliasReader, versionMessage } from './registry-messages.ts'

const MAX_PAGE = 200_000
const VERSION = { name: REQUIRED_TEXT, version: REQUIRED_TEXT } as const

const CREATE_FIELDS = {
  name: REQUIRED_TEXT,
  source: REQUIRED_TEXT,
  run_id: TEXT,
  tags: KEY_VALUES,
  run_link: TEXT,
  description: TEXT,
  model_id: TEXT,
} as const

const SEARCH_FIELDS = {
  filter: TEXT,
  max_results: { type: 'int' },
  order_by: TEXTS,
  page_token: TEXT,
} as const

const STAGE_FIELDS = {
  ...VERSION,
  stage: REQUIRED_TEXT,
  archive_existing_versions: { type: 'bool', required: true },
} as const

export const MODEL_VERSION_ROUTES: readonly JsonRoute[] = [
  jsonRoute('POST mlflow/model-versions/create', CREATE_FIELDS, create),
  jsonRoute('GET mlflow/model-versions/get', VERSION, ({ name, version }, { registry }) =>
    answer(registry, existingVersion(registry, name, version)),
  ),
  jsonRoute(
    'PATCH mlflow/model-versions/update',
    { ...VERSION, description: TEXT },
    ({ name, version, description = '' }, { registry }) =>
      registry.transaction(() => {
        const found = existingVersion(registry, name, version)
        registry.updateVersion(name, found.version, { description })
        return answer(registry, existingVersion(registry, name, version))
      }),
  ),
  jsonRoute('POST mlflow/model-versions/transition-stage', STAGE_FIELDS, transition),
  jsonRoute('DELETE mlflow/model-versions/delete', VERSION, ({ name, version }, context) =>
    context.registry.transaction(() => {
      const { registry, scope, access } = context
      const found = existingVersion(registry, name, version)
      access.checkVersionRemoval(scope, found)
      registry.removeVersion(name, found.version)
    }),
  ),
  jsonRoute(
    'GET mlflow/model-versions/get-download-uri',
    VERSION,
    ({ name, version }, context) => ({ artifact_uri: downloadUri(context, name, version) }),
  ),
  jsonRoute(
    'POST mlflow/model-versions/set-tag',
    { ...VERSION, key: REQUIRED_TEXT, value: TEXT },
    ({ name, version, key, value = '' }, { registry }) => {
      checkRegistryTag(key, value)
      return registry.transaction(() => {
        const found = existingVersion(registry, name, version)
        const tags = new Map([...found.tags, [key, value]])
        registry.updateVersion(name, found.version, { tags })
      })
    },
  ),
  jsonRoute(
    'DELETE mlflow/model-versions/delete-tag',
    { ...VERSION, key: REQUIRED_TEXT },
    ({ name, version, key }, { registry }) => {
      checkKey(key, 'key')
      return registry.transaction(() => {
        const found = existingVersion(registry, name, version)
        const tags = new Map(found.tags)
        if (tags.delete(key)) registry.updateVersion(name, found.version, { tags })
      })
    },
  ),
]

export const VERSION_SEARCHES: readonly ReadRoute[] = [
  readRoute('GET mlflow/model-versions/search', SEARCH_FIELDS, { run: search, isShort: isSmall }),
]

function answer(registry: ModelRegistry, version: ModelVersion): unknown {
  return { model_version: versionMessage(registry, version) }
}

/** A source with all that follows from it. */
interface Lineage {
  readonly source: string
  readonly runId: string
  readonly modelId: string
  /** URI of the bytes; that of the source itself when they are not here. */
  readonly storage: string
}

async function create(message: Message<typeof CREATE_FIELDS>, context: Context): Promise<unknown> {
  const { registry, scope, write } = context
  const { name, run_link = '', description = '' } = message
  const tags = registryTags(message.tags)
  const lineage = isPrompt(tags) ? promptLineage(message) : traceSource(message, context)
  checkModelName(name)
  const { source, runId, modelId, storage } = lineage
  const created = registry.transaction(() => {
    existingModel(registry, name)
    const version = registry.createVersion({
      name,
      source,
      runId,
      runLink: run_link,
      modelId,
      description,
      tags,
      artifacts: proxiedPath(storage),
    })
    return existingVersion(registry, name, version)
  })
  if (modelId !== '')
    await write(() => {
      const model = getLoggedModel(scope, modelId)
      const value = registeredTag(context, modelId)
      setModelTags(scope, model, [{ key: 'mlflow.modelVersions', value }])
    })
  return answer(registry, created)
}

/** Every version that was made of a logged model, as the tag that the client reads. */
function registeredTag({ registry }: Context, modelId: string): string {
  const list = registry
    .versionsOf(modelId)
    .map(({ name, version }) => ({ name, version: Number(version) }))
    .sort((a, b) => a.version - b.version)
  return spacedJson(list)
}

function promptLineage({ source }: Message<typeof CREATE_FIELDS>): Lineage {
  if (!/^(dummy-source|prompt-template)$/.test(source))
    throw invalid(
      `Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`,
    )
  return { source, runId: '', modelId: '', storage: source }
}

/**
 * Follows a source to its run, its logged model and its bytes.
 *
 * @throws INVALID_PARAMETER_VALUE when the ids given are not those of what the source names.
 */
function traceSource(message: Message<typeof CREATE_FIELDS>, context: Context): Lineage {
  const { source, run_id = '', model_id = '' } = message
  const parsed = parseModelSource(source)
  const given = { source, runId: run_id, modelId: model_id }
  switch (parsed.type) {
    case 'local':
      throw localSource(source, model_id === '' ? 'run_id' : 'model_id')
    case 'run':
      return traceRun(context, given, parsed)
    case 'logged-model':
      return traceModel(context, given, parsed.modelId)
    case 'version':
      return traceVersion(context, message, parsed)
    case 'artifacts':
      return traceArtifacts(context, given)
    case 'remote':
      return { ...given, storage: source }
  }
}

type Given = Omit<Lineage, 'storage'>

function localSource(source: string, field: string): Error {
  const what = field === 'run_id' ? 'run' : 'model'
  return invalid(
    `Invalid model version source: '${source}'. To use a local path as a model version source, the ${field} request parameter has to be specified and the local path has to be contained within the artifact directory of the ${what} specified by the ${field}.`,
  )
}

function traceRun(
  { scope }: Context,
  given: Given,
  { runId, path }: Extract<ModelSource, { type: 'run' }>,
): Lineage {
  if (given.modelId !== '') throw unidentified(given.source, 'model_id')
  if (given.runId !== runId) throw unidentified(given.source, 'run_id')
  const root = findRun(scope, runId)?.artifact_uri
  return { ...given, storage: root === undefined ? given.source : appendToUri(root, path) }
}

function traceModel({ scope }: Context, given: Given, modelId: string): Lineage {
  if (given.modelId !== modelId) throw unidentified(given.source, 'model_id')
  const model = getLoggedModel(scope, modelId)
  const runId = given.runId || (model.source_run_id ?? '')
  return { ...given, runId, storage: model.artifact_location }
}

function traceVersion(
  context: Context,
  message: Message<typeof CREATE_FIELDS>,
  { name, selector }: Extract<ModelSource, { type: 'version' }>,
): Lineage {
  const { registry } = context
  const { source, run_id, model_id } = message
  const model = existingModel(registry, name)
  if (isPrompt(model.tags))
    throw invalid(
      `Invalid model version source: '${source}'. Prompt versions cannot be used as model version sources.`,
    )
  const isAlias = selector.startsWith('@') || selector === 'latest'
  const found = isAlias
    ? versionByAlias(registry, name, selector.replace('@', ''))
    : existingVersion(registry, name, selector)
  const differs = (given: string | undefined, own: string) => given !== undefined && given !== own
  if (differs(run_id, found.runId) || differs(model_id, found.modelId))
    throw invalid(
      `Invalid model version source: '${source}'. The run_id and model_id request parameters must match the referenced model version.`,
    )
  return {
    source: `models:/${name}/${found.version}`,
    runId: found.runId,
    modelId: found.modelId,
    storage: downloadUri(context, name, found.version),
  }
}

function traceArtifacts({ scope }: Context, given: Given): Lineage {
  const { source, runId, modelId } = given
  if (modelId !== '') {
    const model = getLoggedModel(scope, modelId)
    if (!isWithin(source, model.artifact_location)) throw unidentified(source, 'model_id')
    return { ...given, runId: runId || (model.source_run_id ?? ''), storage: source }
  }
  const run = runId === '' ? undefined : findRun(scope, runId)
  if (run === undefined || !isWithin(source, run.artifact_uri)) throw unidentified(source, 'run_id')
  return { ...given, storage: source }
}

/** Where the client reads the files of a version. */
export function downloadUri({ registry, scope }: Context, name: string, version: string): string {
  const found = existingVersion(registry, name, version)
  if (found.modelId !== '')
    return getLoggedModel(scope, found.modelId, { allowDeleted: true }).artifact_location
  const [, runId = '', path = ''] = /^runs:\/([^/]+)\/?(.*)$/.exec(found.source) ?? []
  const run = runId === '' ? undefined : findRun(scope, runId)
  if (run !== undefined) return path === '' ? run.artifact_uri : appendToUri(run.artifact_uri, path)
  if (/^mlflow-artifacts:/.test(found.source)) return found.source
  if (registry.localPath(name, found.version) === undefined) return found.source
  return registryUri(name, found.version)
}

const ARCHIVABLE = ['Staging', 'Production']

function transition(message: Message<typeof STAGE_FIELDS>, { registry }: Context): unknown {
  const { name, version, archive_existing_versions } = message
  const stage = canonicalStage(message.stage)
  if (archive_existing_versions && !ARCHIVABLE.includes(stage))
    throw new MlflowError(
      'INVALID_PARAMETER_VALUE',
      `Model version transition cannot archive existing model versions because '${message.stage}' is not an Active stage. Valid stages are ['Staging', 'Production']`,
    )
  return registry.transaction(() => {
    const found = existingVersion(registry, name, version)
    if (archive_existing_versions)
      for (const other of registry.versions(name))
        if (other.stage === stage && other.version !== found.version)
          registry.updateVersion(name, other.version, { stage: 'Archived' })
    registry.updateVersion(name, found.version, { stage })
    return answer(registry, existingVersion(registry, name, version))
  })
}

const DEFAULT_ORDER: readonly OrderKey[] = [
  { type: 'attribute', key: 'last_updated_timestamp', ascending: false },
]
const TIE_BREAK: readonly OrderKey[] = [
  { type: 'attribute', key: 'name', ascending: true },
  { type: 'attribute', key: 'version_number', ascending: false },
]

function search(message: Message<typeof SEARCH_FIELDS>, { registry }: ReadContext): unknown {
  const { filter, max_results: limit = MAX_PAGE, order_by, page_token } = message
  if (limit < 1)
    throw invalid(`Invalid value for max_results. It must be a positive integer, but got ${limit}`)
  if (limit > MAX_PAGE)
    throw invalid(
      `Invalid value for request parameter max_results. It must be at most ${MAX_PAGE}, but got value ${limit}`,
    )
  const clauses = parseFilter(filter, MODEL_VERSION_GRAMMAR)
  const given = parseOrderBy(order_by, MODEL_VERSION_GRAMMAR)
  const order = [...(given.length === 0 ? DEFAULT_ORDER : given), ...TIE_BREAK]
  const offset = readPageToken(page_token)
  const withPrompts = mentionsPrompts(clauses)
  const named = clauses.find(isOneName)
  const found = registry
    .listedVersions(named === undefined ? undefined : String(named.value))
    .filter((version) => withPrompts || !isPrompt(version.tags))
    .map((version) => ({ version, attributes: attributesOf(version), tags: version.tags }))
    .filter((subject) => matches(subject, clauses))
    .sort(byOrder(order))
  const page = found.slice(offset, offset + limit)
  const aliasesOf = aliasReader(registry)
  return {
    model_versions: nonEmpty(
      page.map(({ version }) => versionMessage(registry, version, aliasesOf)),
    ),
    next_page_token: nextPageToken(found.length - offset, { offset, limit }),
  }
}

/** Most searches are for the versions of one model. */
function isOneName({ type, key, comparator }: Clause): boolean {
  return type === 'attribute' && key === 'name' && comparator === '='
}

function attributesOf(version: ModelVersion) {
  return {
    name: version.name,
    run_id: version.runId,
    source_path: version.source,
    // A version of amlet's own may be any text.
    version_number: /^\d+$/.test(version.version) ? Number(version.version) : undefined,
    creation_timestamp: version.createdMs,
    last_updated_timestamp: version.updatedMs,
  }
}
