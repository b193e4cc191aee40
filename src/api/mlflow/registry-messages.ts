import { nonEmpty } from './experiments.ts'
import type { ModelRegistry, ModelVersion } from './model-registry.ts'

/** Tags as a list of messages. */
export function pairs(tags: ReadonlyMap<string, string>): readonly unknown[] | undefined {
  return nonEmpty([...tags].map(([key, value]) => ({ key, value })))
}

const shown = (text: string) => (text === '' ? undefined : text)

/** The message ModelVersion. */
export function versionMessage(registry: ModelRegistry, version: ModelVersion): unknown {
  const aliases = [...(registry.get(version.name)?.aliases ?? [])]
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
