import { alreadyExists, invalid, notFound } from '../../core/mlflow/errors.ts'
import { INT, KEY_VALUES, REQUIRED_TEXT, TEXT, TEXTS } from '../../core/mlflow/fields.ts'
import {
  checkAlias,
  checkAliasNotReserved,
  checkKey,
  checkModelName,
  checkRegistryTag,
  modelVersionNumber,
} from '../../core/mlflow/limits.ts'
import type { Message } from '../../core/mlflow/message.ts'
import { canonicalStage } from '../../core/mlflow/model-source.ts'
import { readPageToken } from '../../core/mlflow/page-token.ts'
import { parseFilter } from '../../core/mlflow/search/filter.ts'
import { REGISTERED_MODEL_GRAMMAR } from '../../core/mlflow/search/grammar.ts'
import { byOrder, isPrompt, matches, mentionsPrompts } from '../../core/mlflow/search/match.ts'
import { type OrderKey, parseOrderBy } from '../../core/mlflow/search/order-by.ts'
import {
  type Context,
  type JsonRoute,
  jsonRoute,
  type ReadContext,
  type ReadRoute,
  readRoute,
} from './context.ts'
import { keyValues } from './key-values.ts'
import type { ModelRegistry, ModelVersion, RegisteredModel } from './model-registry.ts'
import { nextPageToken, nonEmpty } from './pages.ts'
import { pairs, versionMessage } from './registry-messages.ts'

const MAX_PAGE = 1_000
const NAME = { name: REQUIRED_TEXT } as const

const SEARCH_FIELDS = {
  filter: TEXT,
  max_results: { type: 'int', max: MAX_PAGE },
  order_by: TEXTS,
  page_token: TEXT,
} as const

const LATEST_FIELDS = { ...NAME, stages: TEXTS } as const

export const REGISTERED_MODEL_ROUTES: readonly JsonRoute[] = [
  jsonRoute(
    'POST mlflow/registered-models/create',
    { ...NAME, tags: KEY_VALUES, description: TEXT },
    ({ name, tags, description = '' }, { registry }) => {
      checkModelName(name)
      const tagMap = registryTags(tags)
      return registry.transaction(() => {
        if (registry.get(name) !== undefined) throw taken(name)
        registry.create({ name, description, tags: tagMap })
        return answer(registry, name)
      })
    },
  ),
  jsonRoute('GET mlflow/registered-models/get', NAME, ({ name }, { registry }) =>
    answer(registry, name),
  ),
  jsonRoute(
    'POST mlflow/registered-models/rename',
    { ...NAME, new_name: REQUIRED_TEXT },
    ({ name, new_name }, { registry, access }) => {
      access.checkShared(`rename model ${name}`)
      checkModelName(new_name)
      return registry.transaction(() => {
        existingModel(registry, name)
        if (new_name !== name && registry.get(new_name) !== undefined) throw taken(new_name)
        registry.rename(name, new_name)
        return answer(registry, new_name)
      })
    },
  ),
  jsonRoute(
    'PATCH mlflow/registered-models/update',
    { ...NAME, description: TEXT },
    ({ name, description = '' }, { registry }) =>
      registry.transaction(() => {
        existingModel(registry, name)
        registry.update(name, { description })
        return answer(registry, name)
      }),
  ),
  jsonRoute('DELETE mlflow/registered-models/delete', NAME, ({ name }, { registry, access }) =>
    registry.transaction(() => {
      access.checkShared(`delete model ${name}`)
      existingModel(registry, name)
      registry.remove(name)
    }),
  ),
  jsonRoute('GET mlflow/registered-models/get-latest-versions', LATEST_FIELDS, latest),
  jsonRoute('POST mlflow/registered-models/get-latest-versions', LATEST_FIELDS, latest),
  jsonRoute(
    'POST mlflow/registered-models/set-tag',
    { ...NAME, key: REQUIRED_TEXT, value: TEXT },
    ({ name, key, value = '' }, { registry }) => {
      checkRegistryTag(key, value)
      return registry.transaction(() => {
        const { tags } = existingModel(registry, name)
        registry.update(name, { tags: new Map([...tags, [key, value]]) })
      })
    },
  ),
  jsonRoute(
    'DELETE mlflow/registered-models/delete-tag',
    { ...NAME, key: REQUIRED_TEXT },
    ({ name, key }, { registry }) => {
      checkKey(key, 'key')
      return registry.transaction(() => {
        const tags = new Map(existingModel(registry, name).tags)
        if (tags.delete(key)) registry.update(name, { tags })
      })
    },
  ),
  jsonRoute(
    'POST mlflow/registered-models/alias',
    { ...NAME, alias: REQUIRED_TEXT, version: REQUIRED_TEXT },
    ({ name, alias, version }, { registry }) => {
      checkModelName(name)
      checkAlias(alias)
      checkAliasNotReserved(alias)
      return registry.transaction(() => {
        const found = existingVersion(registry, name, version)
        registry.setAlias(name, alias, found.version)
      })
    },
  ),
  jsonRoute(
    'DELETE mlflow/registered-models/alias',
    { ...NAME, alias: REQUIRED_TEXT },
    ({ name, alias }, { registry }) => {
      checkAlias(alias)
      return registry.transaction(() => {
        existingModel(registry, name)
        registry.removeAlias(name, alias)
      })
    },
  ),
  jsonRoute(
    'GET mlflow/registered-models/alias',
    { ...NAME, alias: REQUIRED_TEXT },
    ({ name, alias }, { registry }) => ({
      model_version: versionMessage(registry, versionByAlias(registry, name, alias)),
    }),
  ),
]

export const REGISTERED_MODEL_SEARCHES: readonly ReadRoute[] = [
  readRoute('GET mlflow/registered-models/search', SEARCH_FIELDS, {
    run: search,
    isShort: isSmall,
  }),
  readRoute(
    'GET mlflow/registered-models/list',
    { max_results: INT, page_token: TEXT },
    {
      run: ({ max_results, page_token }, context) =>
        search({ max_results, page_token, filter: undefined, order_by: [] }, context),
      isShort: isSmall,
    },
  ),
]

/** Registries with at most this many versions are searched at once. */
const FEW_VERSIONS = 200

/** Whether a registry can be searched in no time. */
export function isSmall(_message: unknown, { registry }: ReadContext): boolean {
  return registry.countUpTo(FEW_VERSIONS + 1) <= FEW_VERSIONS
}

function taken(name: string): Error {
  return alreadyExists(`Registered Model (name=${name}) already exists.`)
}

/** Tags of a registered model or version, checked; the last value of a key counts. */
export function registryTags(
  tags: readonly { readonly key: string | undefined; readonly value: string | undefined }[],
): ReadonlyMap<string, string> {
  const list = keyValues(tags)
  for (const { key, value } of list) checkRegistryTag(key, value)
  return new Map(list.map(({ key, value }) => [key, value]))
}

/** @throws RESOURCE_DOES_NOT_EXIST */
export function existingModel(registry: ModelRegistry, name: string): RegisteredModel {
  checkModelName(name)
  const model = registry.get(name)
  if (model === undefined) throw notFound(`Registered Model with name=${name} not found`)
  return model
}

/** @throws RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE for a version that is no number. */
export function existingVersion(
  registry: ModelRegistry,
  name: string,
  version: string,
): ModelVersion {
  checkModelName(name)
  const found = registry.version(name, version)
  if (found !== undefined) return found
  const number = String(modelVersionNumber(version))
  const plain = registry.version(name, number)
  if (plain === undefined)
    throw notFound(`Model Version (name=${name}, version=${number}) not found`)
  return plain
}

/**
 * `latest` is the newest version on every surface. A version that is no number is its own alias: `models:/name/1.0-beta` is a
 * stage for the client, `models:/name@1.0-beta` leads here.
 */
export function versionByAlias(registry: ModelRegistry, name: string, alias: string): ModelVersion {
  const named = /^\d+$/.test(alias) ? undefined : registry.version(name, alias)
  if (named !== undefined) return named
  checkAlias(alias)
  const model = existingModel(registry, name)
  if (alias.toLowerCase() === 'latest') {
    const newest = registry.newestOfEachStage(name).at(-1)
    if (newest === undefined) throw notFound(`Latest version not found for model ${name}.`)
    return newest
  }
  const version = model.aliases.get(alias)
  if (version === undefined) throw invalid(`Registered model alias ${alias} not found.`)
  return existingVersion(registry, name, version)
}

function answer(registry: ModelRegistry, name: string): unknown {
  return { registered_model: modelMessage(registry, existingModel(registry, name)) }
}

const byStage = (a: ModelVersion, b: ModelVersion) => (a.stage < b.stage ? -1 : 1)

function modelMessage(
  registry: ModelRegistry,
  model: RegisteredModel,
  order?: (a: ModelVersion, b: ModelVersion) => number,
): unknown {
  const { name, createdMs, updatedMs, description, tags, aliases } = model
  const latestVersions = registry.newestOfEachStage(name)
  if (order !== undefined) latestVersions.sort(order)
  return {
    name,
    creation_timestamp: createdMs,
    last_updated_timestamp: updatedMs,
    description: description === '' ? undefined : description,
    latest_versions: nonEmpty(latestVersions.map((version) => versionMessage(registry, version))),
    tags: pairs(tags),
    aliases: nonEmpty([...aliases].map(([alias, version]) => ({ alias, version }))),
  }
}

function latest(message: Message<typeof LATEST_FIELDS>, { registry }: Context): unknown {
  const { name, stages } = message
  existingModel(registry, name)
  const wanted = new Set(stages.map(canonicalStage))
  const versions = registry
    .newestOfEachStage(name)
    .filter(({ stage }) => wanted.size === 0 || wanted.has(stage))
  return {
    model_versions: nonEmpty(versions.map((version) => versionMessage(registry, version))),
  }
}

const BY_NAME: OrderKey = { type: 'attribute', key: 'name', ascending: true }

function search(message: Message<typeof SEARCH_FIELDS>, { registry }: ReadContext): unknown {
  const { filter, max_results: limit = 100, order_by, page_token } = message
  const clauses = parseFilter(filter, REGISTERED_MODEL_GRAMMAR)
  const order = [...parseOrderBy(order_by, REGISTERED_MODEL_GRAMMAR), BY_NAME]
  const offset = readPageToken(page_token)
  const withPrompts = mentionsPrompts(clauses)
  const found = registry
    .list()
    .filter((model) => withPrompts || !isPrompt(model.tags))
    .map((model) => ({
      model,
      attributes: {
        name: model.name,
        timestamp: model.updatedMs,
        last_updated_timestamp: model.updatedMs,
        creation_timestamp: model.createdMs,
      },
      tags: model.tags,
    }))
    .filter((subject) => matches(subject, clauses))
    .sort(byOrder(order))
  const page = found.slice(offset, offset + limit)
  return {
    registered_models: nonEmpty(page.map(({ model }) => modelMessage(registry, model, byStage))),
    next_page_token: nextPageToken(found.length - offset, { offset, limit }),
  }
}
