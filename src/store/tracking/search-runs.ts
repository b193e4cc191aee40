/**
 * Searches over runs. Whatever the filter, a search starts from an index: of the most selective clause when it
 * leaves few runs, of the metric that is sorted by, else of the start time, walked until the page is full.
 */
import type { Clause } from '../../core/mlflow/search/filter.ts'
import type { OrderKey } from '../../core/mlflow/search/order-by.ts'
import type { SqlValue } from '../db.ts'
import { SqlText } from './sql-text.ts'
import type { Scope } from './tracking.ts'

export interface RunSearch {
  readonly experimentNos: readonly number[]
  readonly lifecycles: readonly string[]
  readonly clauses: readonly Clause[]
  readonly order: readonly OrderKey[]
  readonly limit: number
  readonly offset: number
}

/** A clause that leaves at most this many runs is looked up first, and the rest checked against those. */
const FEW_RUNS = 4_000

/** Numbers of the runs that match, in order, at most `limit`. */
export function searchRuns(scope: Scope, search: RunSearch): number[] {
  if (search.experimentNos.length === 0) return []
  const driver = chooseDriver(scope, search)
  if (driver !== 'none') {
    const ordered =
      driver === undefined
        ? (searchByMetric(scope, search) ?? searchNewest(scope, search))
        : undefined
    return ordered ?? searchFrom(scope, search, driver)
  }
  return []
}

/** How many runs these experiments have, deleted ones too; counting stops at `limit`. */
export function countRunsUpTo(
  scope: Scope,
  experimentNos: readonly number[],
  limit: number,
): number {
  const sql = new SqlText()
  sql.add(`select count(*) as count from (select 1 from run
    where ${among(sql, 'experiment_no', experimentNos)} limit ${sql.bind(limit)})`)
  return scope.db.get<{ count: number }>(sql.text, sql.params)?.count ?? 0
}

function run(scope: Scope, sql: SqlText): number[] {
  return scope.db.all<{ run_no: number }>(sql.text, sql.params).map((row) => row.run_no)
}

/** The clause to start from; undefined when all leave many, `none` when one leaves nothing. */
function chooseDriver(scope: Scope, search: RunSearch): Clause | 'none' | undefined {
  let best: Clause | undefined
  let least = FEW_RUNS + 1
  for (const clause of search.clauses) {
    if (!isIndexed(clause)) continue
    const sql = new SqlText()
    const source = sourceOf(sql, clause, search.experimentNos)
    sql.add(`select count(*) as count from (select 1 ${source} limit ${sql.bind(least)})`)
    const count = scope.db.get<{ count: number }>(sql.text, sql.params)?.count ?? 0
    if (count === 0) return 'none'
    if (count >= least) continue
    least = count
    best = clause
  }
  return best
}

/** The texts of one key stand together in an index: one that has to be read whole is still read in no time. */
const LOOKED_UP = new Set(['=', 'LIKE', 'ILIKE'])

function isIndexed({ type, comparator }: Clause): boolean {
  if (type === 'metric') return comparator !== '!='
  return (type === 'parameter' || type === 'tag') && LOOKED_UP.has(comparator)
}

const TABLES = { metric: 'latest_metric', parameter: 'param', tag: 'tag' } as const

/** `from … where …` over the index of an indexed clause. */
function sourceOf(sql: SqlText, clause: Clause, experimentNos: readonly number[]): string {
  const table = TABLES[clause.type as keyof typeof TABLES]
  return `from ${table} d where ${among(sql, 'd.experiment_no', experimentNos)}
    and ${keyCondition(sql, 'd', clause)}`
}

function keyCondition(sql: SqlText, alias: string, clause: Clause): string {
  const { type, key, comparator, value } = clause
  if (type !== 'metric')
    return `${alias}.key = ${sql.bind(key)} and ${textCondition(sql, `${alias}.value`, clause)}`
  const number = sql.bind(Number(value))
  const keyNo = `(select key_no from metric_key where key = ${sql.bind(key)})`
  // A NaN is stored as 0 with a mark: it satisfies != and nothing else.
  const holds =
    comparator === '!='
      ? `(${alias}.value <> ${number} or ${alias}.is_nan = 1)`
      : `${alias}.is_nan = 0 and ${alias}.value ${comparator} ${number}`
  return `${alias}.key_no = ${keyNo} and ${holds}`
}

/** Condition of a text column. ILIKE folds ASCII, as SQLite under MLflow does. */
export function textCondition(
  sql: SqlText,
  column: string,
  { comparator, value }: Pick<Clause, 'comparator' | 'value'>,
): string {
  if (comparator === 'IN' || comparator === 'NOT IN')
    return `${column} ${comparator} (select value from json_each(${sql.bind(JSON.stringify(value))}))`
  const bound = sql.bind(value as SqlValue)
  return comparator === 'ILIKE'
    ? `lower(${column}) like lower(${bound})`
    : `${column} ${comparator} ${bound}`
}

/** `column in (…)` over a list of numbers; equality where it is one, so that an index gives its order. */
export function among(sql: SqlText, column: string, numbers: readonly number[]): string {
  const [only] = numbers
  if (numbers.length === 1 && only !== undefined) return `${column} = ${sql.bind(only)}`
  return `${column} in (select value from json_each(${sql.bind(JSON.stringify(numbers))}))`
}

function searchFrom(scope: Scope, search: RunSearch, driver: Clause | undefined): number[] {
  const sql = new SqlText()
  const source =
    driver === undefined
      ? 'from run'
      : `from (select run_no ${sourceOf(sql, driver, search.experimentNos)}) d
         cross join run on run.run_no = d.run_no`
  const { joins, terms } = orderTerms(sql, search.order)
  sql.add(`select run.run_no ${source} ${joins.join(' ')}
    where ${conditions(sql, search, driver)}
    order by ${terms.join(', ')}
    limit ${sql.bind(search.limit)} offset ${sql.bind(search.offset)}`)
  return run(scope, sql)
}

/**
 * Walks the index of the metric that comes first in the order. Undefined when that is not the order, or when the
 * page reaches beyond the runs that have the metric.
 */
function searchByMetric(scope: Scope, search: RunSearch): number[] | undefined {
  const [first, ...rest] = search.order
  if (first?.type !== 'metric' || search.experimentNos.length !== 1) return undefined
  const sql = new SqlText()
  const keyNo = `(select key_no from metric_key where key = ${sql.bind(first.key)})`
  const { joins, terms } = orderTerms(sql, rest)
  sql.add(`select run.run_no from latest_metric o cross join run on run.run_no = o.run_no
    ${joins.join(' ')}
    where ${among(sql, 'o.experiment_no', search.experimentNos)} and o.key_no = ${keyNo}
      and o.is_nan = 0 and ${conditions(sql, search, undefined)}
    order by o.value ${direction(first)}, ${terms.join(', ')}
    limit ${sql.bind(search.limit)} offset ${sql.bind(search.offset)}`)
  const found = run(scope, sql)
  return found.length === search.limit ? found : undefined
}

/** More experiments than this are sorted together. */
const MOST_MERGED = 50

/**
 * The newest runs of several experiments: those of each in the order of its index, then merged. Undefined for one
 * experiment, whose index gives the order anyhow, and for other orders.
 */
function searchNewest(scope: Scope, search: RunSearch): number[] | undefined {
  const { experimentNos, order, lifecycles, limit, offset } = search
  const isMergeable = order.length === 0 && lifecycles.length === 1
  if (!isMergeable || experimentNos.length < 2 || experimentNos.length > MOST_MERGED)
    return undefined
  const sql = new SqlText()
  const most = sql.bind(limit + offset)
  const parts = experimentNos.map(
    (experimentNo) => `select * from (select run.run_no, run.start_time, run.run_id from run
      where ${conditions(sql, { ...search, experimentNos: [experimentNo] }, undefined)}
      order by run.start_time desc, run.run_id limit ${most})`,
  )
  sql.add(`select run_no from (${parts.join(' union all ')})
    order by start_time desc, run_id limit ${sql.bind(limit)} offset ${sql.bind(offset)}`)
  return run(scope, sql)
}

function conditions(sql: SqlText, search: RunSearch, driver: Clause | undefined): string {
  const { lifecycles, experimentNos, clauses } = search
  const lifecycle =
    lifecycles.length === 1
      ? `run.lifecycle = ${sql.bind(lifecycles[0] ?? '')}`
      : `run.lifecycle in ('active', 'deleted')`
  return [
    among(sql, 'run.experiment_no', experimentNos),
    lifecycle,
    ...clauses.filter((clause) => clause !== driver).map((clause) => condition(sql, clause)),
  ].join(' and ')
}

const ATTRIBUTE_COLUMNS: Readonly<Record<string, string>> = {
  run_id: 'run.run_id',
  run_name: 'run.run_name',
  user_id: 'run.user_id',
  status: 'run.status',
  artifact_uri: 'run.artifact_uri',
  start_time: 'run.start_time',
  end_time: 'run.end_time',
}

function condition(sql: SqlText, clause: Clause): string {
  const { type, key, comparator } = clause
  if (type === 'attribute')
    return textCondition(sql, ATTRIBUTE_COLUMNS[key] ?? 'run.run_id', clause)
  if (type === 'dataset') return datasetCondition(sql, clause)
  const table = TABLES[type]
  if (comparator === 'IS NULL' || comparator === 'IS NOT NULL') {
    const not = comparator === 'IS NULL' ? 'not ' : ''
    return `${not}exists (select 1 from ${table} c where c.run_no = run.run_no and c.key = ${sql.bind(key)})`
  }
  return `exists (select 1 from ${table} c
    where c.run_no = run.run_no and ${keyCondition(sql, 'c', clause)})`
}

function datasetCondition(sql: SqlText, clause: Clause): string {
  if (clause.key !== 'context')
    return `exists (select 1 from run_input i join dataset s using (dataset_no)
      where i.run_no = run.run_no and ${textCondition(sql, `s.${clause.key}`, clause)})`
  return `exists (select 1 from run_input_tag t
    where t.run_no = run.run_no and t.key = 'mlflow.data.context'
      and ${textCondition(sql, 't.value', clause)})`
}

function direction(key: OrderKey): string {
  return key.ascending ? 'asc' : 'desc'
}

/** Rows without the key come last both ways, NaN just before them; then the newest, then the id. */
function orderTerms(
  sql: SqlText,
  order: readonly OrderKey[],
): { joins: string[]; terms: string[] } {
  const joins: string[] = []
  const terms: string[] = []
  for (const [place, key] of order.entries()) {
    if (key.type === 'attribute') {
      const column = ATTRIBUTE_COLUMNS[key.key] ?? 'run.run_id'
      if (key.key === 'end_time') terms.push(`${column} is null`)
      terms.push(`${column} ${direction(key)}`)
      continue
    }
    const table = `o${place}`
    const match =
      key.type === 'metric'
        ? `${table}.key_no = (select key_no from metric_key where key = ${sql.bind(key.key)})`
        : `${table}.key = ${sql.bind(key.key)}`
    const source = TABLES[key.type as keyof typeof TABLES]
    joins.push(`left join ${source} ${table} on ${table}.run_no = run.run_no and ${match}`)
    terms.push(
      key.type === 'metric'
        ? `case when ${table}.value is null then 2 else ${table}.is_nan end`
        : `${table}.value is null`,
      `${table}.value ${direction(key)}`,
    )
  }
  if (!order.some(({ type, key }) => type === 'attribute' && key === 'start_time'))
    terms.push('run.start_time desc')
  terms.push('run.run_id')
  return { joins, terms }
}
