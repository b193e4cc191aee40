import { notFound } from '../../core/mlflow/errors.ts'
import {
  INT,
  KEY_VALUES,
  lifecyclesOf,
  REQUIRED_TEXT,
  TEXT,
  TEXTS,
  VIEW_TYPE,
} from '../../core/mlflow/fields.ts'
import {
  checkArtifactLocation,
  checkExperimentName,
  checkExperimentTag,
} from '../../core/mlflow/limits.ts'
import { readPageToken } from '../../core/mlflow/page-token.ts'
import { parseFilter } from '../../core/mlflow/search/filter.ts'
import { EXPERIMENT_GRAMMAR } from '../../core/mlflow/search/grammar.ts'
import { parseOrderBy } from '../../core/mlflow/search/order-by.ts'
import {
  createExperiment,
  deleteExperimentTag,
  type ExperimentRow,
  findExperimentByName,
  getExperiment,
  listExperimentTags,
  renameExperiment,
  setExperimentLifecycle,
  setExperimentTag,
} from '../../store/tracking/experiments.ts'
import { countExperimentsUpTo, searchExperiments } from '../../store/tracking/search-experiments.ts'
import {
  type Context,
  type JsonRoute,
  jsonRoute,
  type ReadContext,
  type ReadRoute,
  readRoute,
} from './context.ts'
import { keyValues } from './key-values.ts'
import { checkedPageSize, nextPageToken, nonEmpty } from './pages.ts'

const MAX_PAGE = 50_000
const ID = { experiment_id: REQUIRED_TEXT } as const

const SEARCH_FIELDS = {
  max_results: { type: 'long' },
  page_token: TEXT,
  filter: TEXT,
  order_by: TEXTS,
  view_type: VIEW_TYPE,
} as const

export const EXPERIMENT_ROUTES: readonly JsonRoute[] = [
  jsonRoute(
    'POST mlflow/experiments/create',
    { name: REQUIRED_TEXT, artifact_location: TEXT, tags: KEY_VALUES },
    ({ name, artifact_location, tags }, { scope, write }) => {
      if (artifact_location) checkArtifactLocation(artifact_location)
      checkExperimentName(name)
      const pairs = keyValues(tags)
      for (const { key, value } of pairs) checkExperimentTag(key, value)
      const experiment = { name, artifactLocation: artifact_location, tags: pairs }
      return write(() => ({ experiment_id: createExperiment(scope, experiment) }))
    },
  ),
  jsonRoute('GET mlflow/experiments/get', ID, ({ experiment_id }, { scope }) => ({
    experiment: toMessages(scope, [getExperiment(scope, experiment_id)])[0],
  })),
  jsonRoute(
    'GET mlflow/experiments/get-by-name',
    { experiment_name: REQUIRED_TEXT },
    ({ experiment_name }, { scope }) => {
      const experiment = findExperimentByName(scope, experiment_name)
      if (experiment === undefined)
        throw notFound(`Could not find experiment with name '${experiment_name}'`)
      return { experiment: toMessages(scope, [experiment])[0] }
    },
  ),
  jsonRoute('POST mlflow/experiments/delete', ID, ({ experiment_id }, context) =>
    setLifecycle(context, experiment_id, 'deleted'),
  ),
  jsonRoute('POST mlflow/experiments/restore', ID, ({ experiment_id }, context) =>
    setLifecycle(context, experiment_id, 'active'),
  ),
  jsonRoute(
    'POST mlflow/experiments/update',
    { ...ID, new_name: REQUIRED_TEXT },
    ({ experiment_id, new_name }, { scope, access, write }) => {
      access.checkShared(`rename experiment ${experiment_id}`)
      checkExperimentName(new_name)
      return write(() => renameExperiment(scope, experiment_id, new_name))
    },
  ),
  jsonRoute(
    'POST mlflow/experiments/set-experiment-tag',
    { ...ID, key: REQUIRED_TEXT, value: TEXT },
    ({ experiment_id, key, value = '' }, { scope, write }) => {
      checkExperimentTag(key, value)
      return write(() => setExperimentTag(scope, experiment_id, { key, value }))
    },
  ),
  jsonRoute(
    'POST mlflow/experiments/delete-experiment-tag',
    { ...ID, key: REQUIRED_TEXT },
    ({ experiment_id, key }, { scope, write }) =>
      write(() => deleteExperimentTag(scope, experiment_id, key)),
  ),
]

/** With an experiment go its runs, and with those that are jobs the jobs. */
async function setLifecycle(
  { scope, jobs, access, write }: Context,
  experimentId: string,
  lifecycle: 'active' | 'deleted',
): Promise<void> {
  await write(() => {
    access.checkShared(`delete or restore experiment ${experimentId}`)
    const jobNames = setExperimentLifecycle(scope, experimentId, lifecycle)
    jobs.setArchived(jobNames, lifecycle === 'deleted')
  })
}

/** As many as are searched at once. */
const FEW_EXPERIMENTS = 1_000

const isShort = (_message: unknown, { scope }: ReadContext) =>
  countExperimentsUpTo(scope, FEW_EXPERIMENTS + 1) <= FEW_EXPERIMENTS

export const EXPERIMENT_SEARCHES: readonly ReadRoute[] = [
  readRoute('POST mlflow/experiments/search', SEARCH_FIELDS, { run: search, isShort }),
  readRoute('GET mlflow/experiments/search', SEARCH_FIELDS, { run: search, isShort }),
  // Before mlflow 1.28 clients listed instead of searching.
  readRoute(
    'GET mlflow/experiments/list',
    { view_type: VIEW_TYPE, max_results: INT, page_token: TEXT },
    {
      run: ({ max_results = MAX_PAGE, ...rest }, context) =>
        search({ ...rest, max_results, filter: undefined, order_by: [] }, context),
      isShort,
    },
  ),
]

interface SearchMessage {
  readonly max_results: number | bigint | undefined
  readonly page_token: string | undefined
  readonly filter: string | undefined
  readonly order_by: readonly string[]
  readonly view_type: string | undefined
}

function search(message: SearchMessage, { scope }: ReadContext): unknown {
  const limit = checkedPageSize(Number(message.max_results ?? 0), MAX_PAGE)
  const offset = readPageToken(message.page_token)
  const rows = searchExperiments(scope, {
    lifecycles: lifecyclesOf(message.view_type),
    clauses: parseFilter(message.filter, EXPERIMENT_GRAMMAR),
    order: parseOrderBy(message.order_by, EXPERIMENT_GRAMMAR),
    limit: limit + 1,
    offset,
  })
  return {
    experiments: nonEmpty(toMessages(scope, rows.slice(0, limit))),
    next_page_token: nextPageToken(rows.length, { offset, limit }),
  }
}

function toMessages(scope: ReadContext['scope'], rows: readonly ExperimentRow[]): unknown[] {
  const tags = listExperimentTags(
    scope,
    rows.map((row) => row.experiment_no),
  )
  return rows.map((row) => ({
    experiment_id: String(row.experiment_id),
    name: row.name,
    artifact_location: row.artifact_location,
    lifecycle_stage: row.lifecycle,
    last_update_time: row.updated_ms,
    creation_time: row.created_ms,
    tags: tags.get(row.experiment_no)?.map(({ key, value }) => ({ key, value })),
    // What servers say that know no workspaces of MLflow's own kind.
    workspace: 'default',
  }))
}
