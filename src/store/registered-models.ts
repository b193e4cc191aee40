/**
 * Models as MLflow registers them: containers that may have no version yet, may be renamed and may be deleted as a
 * whole. What a version is stays with `assets.ts`.
 */
import { deleteAssetVersion, listAssetVersions } from './assets.ts'
import type { Db } from './db.ts'

export interface ModelName {
  readonly registry: string
  readonly name: string
}

/** A container that MLflow deleted: without versions it is gone, and its numbers are not used again. */
const DELETED = 'mlflow.deleted'
const IS_MODEL = `kind = 'model' and registry = :registry`
const HAS_VERSIONS = `exists (select 1 from asset_version v where v.registry = asset.registry
  and v.kind = 'model' and v.name = asset.name and v.deleted_ms is null)`
const EXISTS = `(properties ->> '$."${DELETED}"' is null or ${HAS_VERSIONS})`

/** Names of the models of a registry that are neither archived nor made for one job, sorted; or the one asked for. */
export function listModelNames(db: Db, registry: string, name?: string): string[] {
  const sql = `select name from asset where ${IS_MODEL} and (:name is null or name = :name)
    and anonymous = 0 and archived = 0 and ${EXISTS} order by name`
  const rows = db.all<{ name: string }>(sql, { registry, name: name ?? null })
  return rows.map((row) => row.name)
}

/** How many models and versions a registry has; counting stops at `limit`. */
export function countModelsUpTo(db: Db, registry: string, limit: number): number {
  const from = (table: string) => `select 1 from ${table} where ${IS_MODEL}`
  const sql = `select count(*) as count from
    (${from('asset')} union all ${from('asset_version')} limit :limit)`
  return db.get<{ count: number }>(sql, { registry, limit })?.count ?? 0
}

/** Versions, archived ones left out, that have a property with this value, in the order of registration. */
export function listModelVersionsWith(
  db: Db,
  query: { readonly registry: string; readonly property: string; readonly value: string },
): { readonly name: string; readonly version: string }[] {
  const { registry, property, value } = query
  const sql = `select name, version from asset_version where ${IS_MODEL} and deleted_ms is null
    and archived = 0 and properties ->> :path = :value order by id`
  return db.all(sql, { registry, path: `$."${property}"`, value })
}

export function hasModel(db: Db, model: ModelName): boolean {
  const sql = `select 1 as found from asset where ${IS_MODEL} and name = :name and ${EXISTS}`
  const { registry, name } = model
  return db.get(sql, { registry, name }) !== undefined
}

export interface NewModel extends ModelName {
  readonly description: string | null
  readonly tags: Readonly<Record<string, string>>
  readonly createdBy: string
  readonly atMs: number
}

/** Makes the container of a name that is free, or free again. */
export function createModel(db: Db, model: NewModel): void {
  const { registry, name, description, tags, createdBy, atMs } = model
  db.run(
    `insert into asset (registry, kind, name, created_ms, modified_ms, created_by, description, tags)
     values (:registry, 'model', :name, :atMs, :atMs, :createdBy, :description, :tags)
     on conflict do update set created_ms = :atMs, modified_ms = :atMs, created_by = :createdBy,
       description = :description, tags = :tags, archived = 0,
       properties = json_remove(properties, '$."${DELETED}"')`,
    { registry, name, description, tags: JSON.stringify(tags), createdBy, atMs },
  )
}

/** Deletes every version and the container. */
export function removeModel(db: Db, model: ModelName, atMs: number): void {
  for (const row of listAssetVersions(db, { ...model, kind: 'model' }))
    deleteAssetVersion(db, row, atMs)
  const { registry, name } = model
  db.run(`delete from asset_label where ${IS_MODEL} and name = :name`, { registry, name })
  db.run(
    `update asset set description = null, tags = '{}', modified_ms = :atMs,
       properties = json_set(properties, '$."${DELETED}"', 'true') where ${IS_MODEL} and name = :name`,
    { registry, name, atMs },
  )
}

/** Gives a model another name, which must not exist. False when deleted versions hold that name's numbers. */
export function renameModel(
  db: Db,
  model: ModelName,
  { newName, atMs }: { readonly newName: string; readonly atMs: number },
): boolean {
  const { registry, name } = model
  const taken = db.get(
    `select 1 as found from asset_version where ${IS_MODEL} and name = :newName limit 1`,
    { registry, newName },
  )
  if (taken !== undefined) return false
  db.run(`delete from asset where ${IS_MODEL} and name = :newName`, { registry, newName })
  const names = { registry, name, newName }
  db.run(
    `update asset set name = :newName, modified_ms = :atMs where ${IS_MODEL} and name = :name`,
    { ...names, atMs },
  )
  db.run(
    `update asset_version set name = :newName, modified_ms = :atMs,
       entity = case when entity ->> '$.name' is null then entity
         else json_set(entity, '$.name', :newName) end
      where ${IS_MODEL} and name = :name`,
    { ...names, atMs },
  )
  for (const table of ['asset_label', 'asset_use'])
    db.run(`update ${table} set name = :newName where ${IS_MODEL} and name = :name`, names)
  return true
}

/** The newest version of each stage of a model, archived ones left out; the oldest of them first. */
export function listNewestOfEachStage(db: Db, { registry, name }: ModelName): string[] {
  const sql = `
    select version from asset_version where id in (
      select max(id) from asset_version
       where ${IS_MODEL} and name = :name and deleted_ms is null and archived = 0
       group by coalesce(nullif(stage, ''), 'None'))
     order by id`
  return db.all<{ version: string }>(sql, { registry, name }).map(({ version }) => version)
}
