import type { Clause } from '../../core/mlflow/search/filter.ts'
import type { OrderKey } from '../../core/mlflow/search/order-by.ts'
import type { ExperimentRow } from './experiments.ts'
import { textCondition } from './search-runs.ts'
import { SqlText } from './sql-text.ts'
import type { Scope } from './tracking.ts'

export interface ExperimentSearch {
  readonly lifecycles: readonly string[]
  readonly clauses: readonly Clause[]
  readonly order: readonly OrderKey[]
  readonly limit: number
  readonly offset: number
}

const COLUMNS: Readonly<Record<string, string>> = {
  name: 'name',
  experiment_id: 'experiment_id',
  creation_time: 'created_ms',
  last_update_time: 'updated_ms',
}

/** Experiments that match, in order, at most `limit`. The newest first unless an order is given. */
export function searchExperiments(scope: Scope, search: ExperimentSearch): ExperimentRow[] {
  const sql = new SqlText()
  const terms = search.order.map(
    ({ key, ascending }) => `${COLUMNS[key] ?? 'name'} ${ascending ? 'asc' : 'desc'}`,
  )
  if (terms.length === 0) terms.push('created_ms desc', 'experiment_id asc')
  else if (!search.order.some(({ key }) => key === 'experiment_id'))
    terms.push('experiment_id desc')
  const conditions = [
    `workspace_no = ${sql.bind(scope.workspace)}`,
    `lifecycle in (select value from json_each(${sql.bind(JSON.stringify(search.lifecycles))}))`,
    ...search.clauses.map((clause) => condition(sql, clause)),
  ]
  sql.add(`select * from experiment where ${conditions.join(' and ')}
    order by ${terms.join(', ')} limit ${sql.bind(search.limit)} offset ${sql.bind(search.offset)}`)
  return scope.db.all<ExperimentRow>(sql.text, sql.params)
}

/** How many experiments the workspace has; counting stops at `limit`. */
export function countExperimentsUpTo({ db, workspace }: Scope, limit: number): number {
  const sql = `select count(*) as count from
    (select 1 from experiment where workspace_no = :workspace limit :limit)`
  return db.get<{ count: number }>(sql, { workspace, limit })?.count ?? 0
}

function condition(sql: SqlText, clause: Clause): string {
  const { type, key, comparator } = clause
  if (type !== 'tag') {
    const column = COLUMNS[key] ?? 'name'
    // Ids are numbers here and texts in filters.
    return textCondition(
      sql,
      key === 'experiment_id' ? 'cast(experiment_id as text)' : column,
      clause,
    )
  }
  const not = comparator === 'IS NULL' ? 'not ' : ''
  const holds = comparator.startsWith('IS ') ? '' : `and ${textCondition(sql, 't.value', clause)}`
  return `${not}exists (select 1 from experiment_tag t
    where t.experiment_no = experiment.experiment_no and t.key = ${sql.bind(key)} ${holds})`
}
