import { exactColumn } from './exact-column.ts'
import type { RunRow } from './runs.ts'
import type { Scope } from './tracking.ts'

/** One point of a metric. `value` may be NaN or infinite; times in milliseconds since 1970 UTC. */
export interface MetricPoint {
  readonly key: string
  readonly value: number
  readonly timestamp: number | bigint
  readonly step: number | bigint
}

const INSERT_POINT = `insert or ignore into metric (run_no, key_no, timestamp, step, value, is_nan)
  values (:runNo, :keyNo, :timestamp, :step, :value, :isNan)`

/** The run's value of a metric is that of its greatest (step, timestamp, value). */
const UPDATE_LATEST = `insert into latest_metric
    (run_no, key_no, experiment_no, value, timestamp, step, is_nan)
  values (:runNo, :keyNo, :experimentNo, :value, :timestamp, :step, :isNan)
  on conflict (run_no, key_no) do update set value = excluded.value,
    timestamp = excluded.timestamp, step = excluded.step, is_nan = excluded.is_nan
  where (excluded.step, excluded.timestamp, excluded.value) > (step, timestamp, value)`

interface StoredPoint {
  readonly runNo: number
  readonly keyNo: number
  readonly timestamp: number | bigint
  readonly step: number | bigint
  readonly value: number
  readonly isNan: number
}

/** Stores points; one that is there already, to the last digit, is ignored. Infinities become the largest double. */
export function logMetrics(scope: Scope, run: RunRow, points: readonly MetricPoint[]): void {
  const latest = new Map<number, StoredPoint>()
  for (const point of points) {
    const stored = toStored(scope, run, point)
    scope.db.run(INSERT_POINT, { ...stored })
    const before = latest.get(stored.keyNo)
    if (before === undefined || isLater(stored, before)) latest.set(stored.keyNo, stored)
  }
  for (const stored of latest.values())
    scope.db.run(UPDATE_LATEST, { ...stored, experimentNo: run.experiment_no })
  if (points.length > 0) scope.touched(run.run_no)
}

function toStored(scope: Scope, run: RunRow, point: MetricPoint): StoredPoint {
  const { key, value, timestamp, step } = point
  const isNan = Number.isNaN(value)
  return {
    runNo: run.run_no,
    keyNo: scope.keyNumber(key),
    timestamp,
    step,
    value: isNan ? 0 : finite(value),
    isNan: isNan ? 1 : 0,
  }
}

/** The nearest number that SQL can hold. */
export function finite(value: number): number {
  return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE)
}

function isLater(a: StoredPoint, b: StoredPoint): boolean {
  if (a.step !== b.step) return a.step > b.step
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp
  return a.value > b.value
}

/** A stored point as it is read: long integers beyond 2^53 come as text. */
export interface PointRow {
  readonly value: number
  readonly is_nan: number
  readonly timestamp: number | string
  readonly step: number | string
}

/** Columns of a point, with 64-bit integers that JavaScript cannot hold as text. */
const POINT_COLUMNS = `value, is_nan, ${exactColumn('timestamp')}, ${exactColumn('step')}`

export interface HistoryQuery {
  readonly runNo: number
  readonly key: string
  readonly offset?: number
  /** All points when absent. */
  readonly limit?: number | undefined
}

/** The points of one metric of one run, by timestamp, step and value. */
export function listMetricHistory(scope: Scope, query: HistoryQuery): PointRow[] {
  const { runNo, key, offset = 0, limit = -1 } = query
  return scope.db.all<PointRow>(
    `select ${POINT_COLUMNS} from metric
      where run_no = :runNo and key_no = (select key_no from metric_key where key = :key)
      order by metric.timestamp, metric.step, metric.value limit :limit offset :offset`,
    { runNo, key, limit, offset },
  )
}

export function countMetricPoints(
  scope: Scope,
  { runNo, key }: { readonly runNo: number; readonly key: string },
): number {
  const row = scope.db.get<{ count: number }>(
    `select count(*) as count from metric
      where run_no = :runNo and key_no = (select key_no from metric_key where key = :key)`,
    { runNo, key },
  )
  return row?.count ?? 0
}

/** How many points these runs have of a metric; counting stops at `limit`. */
export function countPointsUpTo(
  scope: Scope,
  query: { readonly runNos: readonly number[]; readonly key: string; readonly limit: number },
): number {
  const { runNos, key, limit } = query
  const row = scope.db.get<{ count: number }>(
    `select count(*) as count from (select 1 from metric
      where run_no in (select value from json_each(:nos))
        and key_no = (select key_no from metric_key where key = :key) limit :limit)`,
    { nos: JSON.stringify(runNos), key, limit },
  )
  return row?.count ?? 0
}

export interface SampleQuery {
  readonly runNo: number
  readonly key: string
  readonly count: number
  readonly steps?: { readonly from: number; readonly to: number } | undefined
}

/**
 * At most `count` points of a metric, spread evenly over its rows in order of step, the last one always among
 * them. As mlflow 3.17: the first row of each of `count` buckets, then the last.
 */
export function sampleMetricHistory(scope: Scope, query: SampleQuery): PointRow[] {
  const { runNo, key, count, steps } = query
  const range = steps === undefined ? '' : 'and metric.step between :from and :to'
  const rows = scope.db.all<PointRow & { place: number; total: number }>(
    `with numbered as (
       select value, is_nan, timestamp, step,
         row_number() over (order by step, timestamp, value, is_nan) as place,
         ntile(:count) over (order by step, timestamp, value, is_nan) as bucket,
         count(*) over () as total
       from metric
       where run_no = :runNo and key_no = (select key_no from metric_key where key = :key) ${range})
     select ${POINT_COLUMNS}, place, total from numbered
      where place = total or place in (select min(place) from numbered group by bucket)
      order by place`,
    { runNo, key, count, ...(steps ?? {}) },
  )
  if (rows.length > count) rows.splice(count - 1, rows.length - count)
  return rows
}

export interface LatestRow extends PointRow {
  readonly run_no: number
  readonly key: string
}

/** Current values of the metrics of these runs, by run and key. */
export function listLatestMetrics(scope: Scope, runNos: readonly number[]): LatestRow[] {
  return scope.db.all<LatestRow>(
    `select run_no, key, ${POINT_COLUMNS} from latest_metric join metric_key using (key_no)
      where run_no in (select value from json_each(:nos)) order by run_no, key`,
    { nos: JSON.stringify(runNos) },
  )
}
