import type { Db, SqlParams } from '../../src/store/db.ts'

/** What the database does for the questions that `work` asks, a line each, as `explain query plan` tells it. */
export function queryStepsOf(db: Db, work: (db: Db) => void): string[] {
  const steps: string[] = []
  const explain = (sql: string, params: SqlParams = {}) => {
    const told = db.all<{ detail: string }>(`explain query plan ${sql}`, params)
    steps.push(...told.map(({ detail }) => detail))
  }
  const get: Db['get'] = (sql, params) => {
    explain(sql, params)
    return db.get(sql, params)
  }
  const all: Db['all'] = (sql, params) => {
    explain(sql, params)
    return db.all(sql, params)
  }
  work(Object.assign(Object.create(db) as Db, { get, all }))
  return steps
}
