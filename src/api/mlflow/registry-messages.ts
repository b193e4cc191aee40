import type { ModelRegistry, ModelVersion } from './model-registry.ts'
import { nonEmpty } from './pages.ts'

/** Tags as a list of messages. */
export function pairs(tags: ReadonlyMap<string, string>): readonly unknown[] | undefined {
  return nonEmpty([...tags].map(([key, value]) => ({ key, value })))
}

const shown = (text: string) => (text === '' ? undefined : text)

/** Aliases of models, each model read once: a page of versions is often of few models. */
export function aliasReader(
  registry: ModelRegistry,
): (name: string) => ReadonlyMap<string, string> {
  const read = new Map<string, ReadonlyMap<string, string>>()
  return (name) => {
    const aliases = read.get(name) ?? registry.get(name)?.aliases ?? new Map<string, string>()
    read.set(name, aliases)
    return aliases
  }
}

/** The message ModelVersion. */
export function versionMessage(
  registry: ModelRegistry,
  version: ModelVersion,
  aliasesOf = aliasReader(registry),
): unknown {
  const aliases = [...aliasesOf(version.name)]
    .filter(([, of]) => of === version.version)
    .map(([alias]) => alias)
  return {
    name: version.name,
    version: version.version,
    creation_timestamp: version.createdMs,
    last_updated_timestamp: version.updatedMs,
    user_id: shown(version.userId),
    current_stage: version.stage,
    description: version.description,
    source: version.source,
    run_id: version.runId,
    status: 'READY',
    tags: pairs(version.tags),
    run_link: version.runLink,
    aliases: nonEmpty(aliases),
  }
}
