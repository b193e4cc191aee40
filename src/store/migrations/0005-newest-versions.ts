import type { Migration } from '../migrate.ts'

/** `@latest` of a name with many versions: a hundred thousand would be sorted each time. */
export const NEWEST_VERSIONS_MIGRATION: Migration = {
  id: '0005-newest-versions',
  sql: 'create index asset_version_newest on asset_version (registry, kind, name, id)',
}
