import type { Db } from './db.ts'

const PAGE = 200

/**
 * Texts of every job, each with its plan: whatever bytes a job refers to is named in one of them. Read page by
 * page, so that other work goes on in between.
 */
export function* readJobTexts(db: Db): Generator<readonly string[]> {
  const sql = `
    select job, entity || plan as text from job_plan where job > :after order by job limit :page`
  const outputs = `select name, outputs from job where name > :after order by name limit :page`
  for (let after = ''; ; ) {
    const rows = db.all<{ job: string; text: string }>(sql, { after, page: PAGE })
    const last = rows.at(-1)
    if (last === undefined) break
    yield rows.map((row) => row.text)
    after = last.job
  }
  for (let after = ''; ; ) {
    const rows = db.all<{ name: string; outputs: string }>(outputs, { after, page: PAGE })
    const last = rows.at(-1)
    if (last === undefined) break
    yield rows.map((row) => row.outputs)
    after = last.name
  }
}

/** Texts of every asset that can still be named: address and entity. Code without a name is left out. */
export function readAssetTexts(db: Db): string[] {
  const sql = `
    select coalesce(v.uri, '') || v.entity as text from asset_version v
      join asset a on a.registry = v.registry and a.kind = v.kind and a.name = v.name
     where v.deleted_ms is null and not (v.kind = 'code' and a.anonymous = 1)`
  return db.all<{ text: string }>(sql).map((row) => row.text)
}

/** Versions whose bytes are an upload with this content hash, `data taxi:1`. */
export function listUsesOfUpload(db: Db, hash: string): string[] {
  const sql = `
    select kind || ' ' || name || ':' || version as text from asset_version
     where deleted_ms is null and uri like '%LocalUpload/' || :hash || '/%' order by text`
  return db.all<{ text: string }>(sql, { hash }).map((row) => row.text)
}

/** A stored snapshot of code that has no name of its own. */
export interface AnonymousCode {
  readonly id: number
  readonly name: string
  readonly uri: string
}

export function listAnonymousCode(db: Db): AnonymousCode[] {
  const sql = `
    select v.id, v.name, v.uri from asset_version v
      join asset a on a.registry = v.registry and a.kind = v.kind and a.name = v.name
     where v.kind = 'code' and a.anonymous = 1 and v.uri is not null`
  return db.all<AnonymousCode>(sql)
}

/** Forgets snapshots of code for good: nothing refers to them, and the same code may come again. */
export function dropAnonymousCode(db: Db, ids: readonly number[]): void {
  db.transaction(() => {
    for (const id of ids) db.run('delete from asset_version where id = :id', { id })
  })
}

/** Attempts whose staging folder is of use: they run, or are the last of their job. */
export function listKeptAttempts(db: Db): ReadonlySet<string> {
  const sql = `
    select a.id from attempt a join job j on j.name = a.job
     where a.ended_ms is null or j.attempt = a.id`
  return new Set(db.all<{ id: string }>(sql).map((row) => row.id))
}
