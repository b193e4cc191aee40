// The runs that both servers are searched in.
import { DatabaseSync } from 'node:sqlite'
import { Connections } from './mlflow-http.mjs'

/** What run `place` of the searched experiment holds. */
const seeded = (place) => ({
  name: `run-${place}`,
  start: 1_700_000_000_000 + place,
  metrics: Object.fromEntries(
    Array.from({ length: 5 }, (_, key) => [`m${key}`, ((place * (key + 7919)) % 10_007) / 10_007]),
  ),
  params: Object.fromEntries(
    Array.from({ length: 5 }, (_, key) => [`p${key}`, String((place * (key + 3)) % 20)]),
  ),
  tags: { team: ['a', 'b', 'c', 'd'][place % 4], 'mlflow.runName': `run-${place}` },
})

export async function seedAmlet({ url, token, experiment, count }) {
  const connections = new Connections(url, token, 8)
  await Promise.all(
    Array.from({ length: 8 }, async (_, slot) => {
      for (let place = slot; place < count; place += 8) {
        const { name, start, metrics, params, tags } = seeded(place)
        const { run } = await connections.api('POST', 'runs/create', {
          experiment_id: experiment,
          run_name: name,
          start_time: start,
          user_id: 'me',
        })
        const pairs = (map) => Object.entries(map).map(([key, value]) => ({ key, value }))
        await connections.api('POST', 'runs/log-batch', {
          run_id: run.info.run_id,
          metrics: Object.entries(metrics).map(([key, value]) => ({
            key,
            value,
            timestamp: 1,
            step: 0,
          })),
          params: pairs(params),
          tags: pairs(tags),
        })
      }
    }),
  )
  connections.close()
}

/** Over REST this takes half an hour: the rows go into MLflow's own tables. */
export function seedMlflow({ file, experiment, count }) {
  const db = new DatabaseSync(file, { timeout: 60_000 })
  db.exec('begin')
  const run = db.prepare(
    `insert into runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
       source_version, lifecycle_stage, artifact_uri, experiment_id)
     values (?, ?, 'UNKNOWN', '', '', 'me', 'RUNNING', ?, '', 'active', ?, ?)`,
  )
  const rows = (table) =>
    db.prepare(
      `insert into ${table} (key, value, timestamp, run_uuid, step, is_nan) values (?, ?, 1, ?, 0, 0)`,
    )
  const [metric, latest] = [rows('metrics'), rows('latest_metrics')]
  const pair = (table) => db.prepare(`insert into ${table} (key, value, run_uuid) values (?, ?, ?)`)
  const [param, tag] = [pair('params'), pair('tags')]
  for (let place = 0; place < count; place += 1) {
    const { name, start, metrics, params, tags } = seeded(place)
    const id = place.toString(16).padStart(32, '0')
    run.run(id, name, start, `mlflow-artifacts:/${experiment}/${id}/artifacts`, Number(experiment))
    for (const [key, value] of Object.entries(metrics)) {
      metric.run(key, value, id)
      latest.run(key, value, id)
    }
    for (const [key, value] of Object.entries(params)) param.run(key, value, id)
    for (const [key, value] of Object.entries(tags)) tag.run(key, value, id)
  }
  db.exec('commit')
  db.close()
}
