import { AmletError } from '../../core/errors.ts'
import { asMapping } from '../../core/mapping.ts'
import { REQUIRED_TEXT, TEXT } from '../../core/mlflow/fields.ts'
import type { Db } from '../../store/db.ts'
import { getJob } from '../../store/jobs.ts'
import {
  countMetricPoints,
  listLatestMetrics,
  listMetricHistory,
  type PointRow,
} from '../../store/tracking/metrics.ts'
import { findRunNos, listRunData } from '../../store/tracking/run-data.ts'
import type { Scope } from '../../store/tracking/tracking.ts'
import { JsonText, type Route, route } from '../route.ts'
import { type ReadRoute, readRoute } from './context.ts'

/** A value that was logged. NaN and infinities travel as text, which JSON has no number for. */
export interface MetricValue {
  readonly key: string
  readonly value: number | string
  readonly step: number | string
  /** ISO 8601, UTC. */
  readonly timestamp: string
}

/** A job's metrics, however they were logged. */
export class JobMetrics {
  readonly #scope: Scope

  constructor(scope: Scope) {
    this.#scope = scope
  }

  /** Every value of one metric, by time. What sweeps judge their trials by. */
  pointsOf(job: string, metric: string): readonly { atMs: number; value: number }[] {
    const runNo = this.#runNo(job)
    if (runNo === undefined) return []
    return listMetricHistory(this.#scope, { runNo, key: metric }).map((point) => ({
      atMs: Number(point.timestamp),
      value: numberOf(point),
    }))
  }

  namesOf(job: string): readonly string[] {
    const runNo = this.#runNo(job)
    return runNo === undefined ? [] : listLatestMetrics(this.#scope, [runNo]).map(({ key }) => key)
  }

  /** The current values of many jobs, by job and metric; jobs that logged none are left out. */
  latestOf(
    jobs: readonly string[],
  ): ReadonlyMap<string, Readonly<Record<string, number | string>>> {
    const runNos = findRunNos(this.#scope, jobs)
    const rows = Map.groupBy(
      listLatestMetrics(this.#scope, [...runNos.values()]),
      (row) => row.run_no,
    )
    const found = new Map<string, Readonly<Record<string, number | string>>>()
    for (const [job, runNo] of runNos) {
      const metrics = rows.get(runNo)
      if (metrics !== undefined)
        found.set(job, Object.fromEntries(metrics.map((row) => [row.key, shownValue(row)])))
    }
    return found
  }

  /** The current value of each metric, with the number of its points. */
  listLatest(job: string): (MetricValue & { readonly count: number })[] {
    const runNo = this.#runNo(job)
    if (runNo === undefined) return []
    return listLatestMetrics(this.#scope, [runNo]).map((row) => ({
      ...toValue(row.key, row),
      count: countMetricPoints(this.#scope, { runNo, key: row.key }),
    }))
  }

  /** Every point of one metric, or of all, each by time. */
  listHistory(job: string, key?: string): MetricValue[] {
    const runNo = this.#runNo(job)
    if (runNo === undefined) return []
    const keys = key === undefined ? this.namesOf(job) : [key]
    return keys.flatMap((of) =>
      listMetricHistory(this.#scope, { runNo, key: of }).map((point) => toValue(of, point)),
    )
  }

  paramsOf(job: string): Readonly<Record<string, string>> {
    const runNo = this.#runNo(job)
    const [data] = runNo === undefined ? [] : listRunData(this.#scope, [runNo])
    return Object.fromEntries((data?.params ?? []).map(({ key, value }) => [key, value]))
  }

  exists(run: string): boolean {
    return this.#runNo(run) !== undefined
  }

  #runNo(job: string): number | undefined {
    return findRunNos(this.#scope, [job]).get(job)
  }
}

/** Infinities are stored as the greatest number, as MLflow's own store does. */
function numberOf({ is_nan, value }: PointRow): number {
  if (is_nan === 1) return Number.NaN
  return Math.abs(value) === Number.MAX_VALUE ? Math.sign(value) * Number.POSITIVE_INFINITY : value
}

function shownValue(point: PointRow): number | string {
  return point.is_nan === 1 ? 'NaN' : point.value
}

function toValue(key: string, point: PointRow): MetricValue {
  const timestamp = new Date(Number(point.timestamp))
  return {
    key,
    value: shownValue(point),
    step: point.step,
    timestamp: Number.isNaN(timestamp.getTime())
      ? String(point.timestamp)
      : timestamp.toISOString(),
  }
}

/** Every point of a job, or of one of its metrics: for the thread that reads, since there may be millions. */
export const JOB_HISTORY: ReadRoute = readRoute(
  'GET amlet/job-history',
  { job: REQUIRED_TEXT, key: TEXT },
  {
    run: ({ job, key }, { scope }) => ({ value: new JobMetrics(scope).listHistory(job, key) }),
    isShort: () => false,
  },
)

/** `job metrics` and `job compare`. Runs that are no jobs are shown as well. */
export function metricRoutes(
  db: Db,
  metrics: JobMetrics,
  readHistory: (message: { job: string; key: string | undefined }) => Promise<Uint8Array>,
): Route[] {
  return [
    route({
      method: 'GET',
      path: '/jobs/{name}/metrics',
      summary: 'The metrics that a job logged: current values, or every point',
      query: {
        key: { type: 'string', doc: 'only this metric, every point of it' },
        history: { type: 'boolean', doc: 'every point of every metric' },
      },
      handler: async ({ params, query: { key, history } }) => {
        const job = params['name'] ?? ''
        expectJob(db, metrics, job)
        if (key === undefined && history !== true) return { value: metrics.listLatest(job) }
        if (key !== undefined) expectMetric(metrics, job, key)
        const { buffer, byteOffset, byteLength } = await readHistory({ job, key })
        return new JsonText(Buffer.from(buffer, byteOffset, byteLength))
      },
    }),
    route({
      method: 'GET',
      path: '/jobs-compare',
      summary: 'Parameters and metrics of several jobs side by side',
      query: { name: { type: 'strings', required: true, doc: 'a job; once for each' } },
      handler: ({ query }) => {
        for (const name of query.name) expectJob(db, metrics, name)
        const latest = metrics.latestOf(query.name)
        return {
          value: query.name.map((name) => ({
            name,
            params: { ...literalInputs(db, name), ...metrics.paramsOf(name) },
            metrics: latest.get(name) ?? {},
          })),
        }
      },
    }),
  ]
}

function expectJob(db: Db, metrics: JobMetrics, name: string): void {
  if (getJob(db, name) !== undefined || metrics.exists(name)) return
  throw new AmletError({
    code: 'ResourceNotFound',
    message: `there is no job or run ${name}`,
    hint: 'amlet job list shows the jobs there are',
  })
}

function expectMetric(metrics: JobMetrics, job: string, key: string): void {
  const names = metrics.namesOf(job)
  if (names.includes(key)) return
  throw new AmletError({
    code: 'ResourceNotFound',
    message: `job ${job} has logged no metric "${key}"`,
    hint:
      names.length === 0 ? 'it has logged none' : `it has logged ${names.slice(0, 20).join(', ')}`,
  })
}

/** The literal inputs of a job: what people vary between jobs besides the params they log. */
function literalInputs(db: Db, name: string): Record<string, unknown> {
  const inputs = asMapping(getJob(db, name)?.entity['inputs'])
  const isLiteral = ([, value]: [string, unknown]) => typeof value !== 'object'
  return Object.fromEntries(Object.entries(inputs).filter(isLiteral))
}
