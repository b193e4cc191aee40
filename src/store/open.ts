import { type Db, type OpenOptions, openDb } from './db.ts'
import { migrate } from './migrate.ts'
import { JOBS_MIGRATION } from './migrations/0001-jobs.ts'
import { ASSETS_MIGRATION } from './migrations/0002-assets.ts'
import { PLACES_MIGRATION } from './migrations/0003-places.ts'
import { SCHEDULES_MIGRATION } from './migrations/0004-schedules.ts'
import { NEWEST_VERSIONS_MIGRATION } from './migrations/0005-newest-versions.ts'

/** Opens `amlet.db` and brings it up to date. `:memory:` is for tests. */
export function openHomeDb(file: string, options: OpenOptions = {}): Db {
  const db = openDb(file, options)
  migrate(db, [
    JOBS_MIGRATION,
    ASSETS_MIGRATION,
    PLACES_MIGRATION,
    SCHEDULES_MIGRATION,
    NEWEST_VERSIONS_MIGRATION,
  ])
  return db
}
