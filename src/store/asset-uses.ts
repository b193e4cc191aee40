import type { AssetKey } from '../core/asset/kind.ts'
import type { AssetKind } from '../core/refs/reference.ts'
import type { Db } from './db.ts'

/** A job read this version. `input` says where: `model`, `train.model` for a child of a pipeline. */
export interface AssetUse extends AssetKey {
  readonly version: string
  readonly input: string
}

interface RawUse {
  readonly registry: string
  readonly kind: AssetKind
  readonly name: string
  readonly version: string
  readonly job: string
  readonly input: string
}

/** Safe to repeat, and to call before the job itself is recorded. */
export function recordAssetUses(db: Db, job: string, uses: readonly AssetUse[]): void {
  const sql = `
    insert into asset_use (registry, kind, name, version, job, input)
    values (:registry, :kind, :name, :version, :job, :input) on conflict do nothing`
  db.transaction(() => {
    for (const { registry, kind, name, version, input } of uses)
      db.run(sql, { registry: registry ?? '', kind, name, version, job, input })
  })
}

/** Jobs that read a version, sorted by job and input. */
export function listJobsUsing(
  db: Db,
  key: AssetKey,
  version: string,
): { readonly job: string; readonly input: string }[] {
  const sql = `
    select job, input from asset_use
     where registry = :registry and kind = :kind and name = :name and version = :version
     order by job, input`
  const { registry = '', kind, name } = key
  return db
    .all<{ job: string; input: string }>(sql, { registry, kind, name, version })
    .map(({ job, input }) => ({ job, input }))
}

/** Versions that a job read, sorted. */
export function listAssetsUsedBy(db: Db, job: string): AssetUse[] {
  const sql = 'select * from asset_use where job = :job order by input, kind, name'
  return db
    .all<RawUse>(sql, { job })
    .map(({ registry, kind, name, version, input }) => ({ registry, kind, name, version, input }))
}

/** Name of the job at a step, a dotted path below a root job. */
export function jobAtStep(db: Db, root: string, step: string): string | undefined {
  const sql = 'select name from job where root = :root and step = :step'
  return db.get<{ name: string }>(sql, { root, step })?.name
}
