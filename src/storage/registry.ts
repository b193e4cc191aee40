import { isAbsolute, join } from 'node:path'
import type { Datastore } from './datastore.ts'
import { LocalDatastore } from './local.ts'
import { RemoteDatastore } from './remote.ts'

/** As it is recorded: `path` is the folder of a local one, absolute or relative to the home. */
export interface DatastoreRecord {
  readonly name: string
  readonly type: string
  readonly path?: string | undefined
}

export const DATASTORE_TYPES = [
  'local',
  'azure_blob',
  'azure_file',
  'azure_data_lake_gen1',
  'azure_data_lake_gen2',
  'one_lake',
  'hdfs',
] as const

/** Opens a datastore by its type. */
export function openDatastore(record: DatastoreRecord, homeRoot: string): Datastore {
  const { name, type, path } = record
  if (type !== 'local' || path === undefined) return new RemoteDatastore(name, type)
  return new LocalDatastore(name, isAbsolute(path) ? path : join(homeRoot, path))
}
