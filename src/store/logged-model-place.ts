import { existsSync } from 'node:fs'
import { openDb } from './db.ts'

/**
 * The id of the model that a run logged under a name, the last one when there are several. MLflow 3 keeps such
 * models apart from their run, and still calls them `runs:/<run>/<name>`.
 */
export function findLoggedModel(metricsDb: string, run: string, name: string): string | undefined {
  if (!existsSync(metricsDb)) return undefined
  const db = openDb(metricsDb, { readOnly: true })
  try {
    const sql = `
      select model_id from logged_model
       where source_run_id = :run and name = :name and lifecycle = 'active'
       order by model_no desc limit 1`
    return db.get<{ model_id: string }>(sql, { run, name })?.model_id
  } finally {
    db.close()
  }
}
