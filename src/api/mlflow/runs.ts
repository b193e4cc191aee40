import { randomBytes } from 'node:crypto'
import { invalid } from '../../core/mlflow/errors.ts'
import {
  KEY_VALUES,
  LONG,
  lifecyclesOf,
  REQUIRED_TEXT,
  RUN_ID,
  RUN_STATUSES,
  TEXT,
  TEXTS,
  VIEW_TYPE,
} from '../../core/mlflow/fields.ts'
import { RawJson } from '../../core/mlflow/json.ts'
import { experimentNumber } from '../../core/mlflow/limits.ts'
import type { Message } from '../../core/mlflow/message.ts'
import { madeUpName } from '../../core/mlflow/names.ts'
import { readPageToken } from '../../core/mlflow/page-token.ts'
import { parseFilter } from '../../core/mlflow/search/filter.ts'
import { RUN_GRAMMAR } from '../../core/mlflow/search/grammar.ts'
import { parseOrderBy } from '../../core/mlflow/search/order-by.ts'
import {
  checkExperimentActive,
  findExperimentNos,
  getExperiment,
} from '../../store/tracking/experiments.ts'
import {
  getRun,
  insertRun,
  RUN_NAME_TAG,
  setRunLifecycle,
  updateRun,
} from '../../store/tracking/runs.ts'
import { countRunsUpTo, searchRuns } from '../../store/tracking/search-runs.ts'
import type { Scope } from '../../store/tracking/tracking.ts'
import {
  type Context,
  type JsonRoute,
  jsonRoute,
  type ReadContext,
  type ReadRoute,
  readRoute,
  writableRun,
} from './context.ts'
import { keyValues, lastOfEachKey } from './key-values.ts'
import { checkedPageSize, nextPageToken, nonEmpty } from './pages.ts'
import { infoText } from './run-texts.ts'

const MAX_PAGE = 50_000

const CREATE_FIELDS = {
  experiment_id: TEXT,
  user_id: TEXT,
  run_name: TEXT,
  start_time: LONG,
  tags: KEY_VALUES,
} as const

const UPDATE_FIELDS = {
  run_id: RUN_ID,
  status: { type: 'enum', values: RUN_STATUSES },
  end_time: LONG,
  run_name: TEXT,
} as const

const SEARCH_FIELDS = {
  experiment_ids: TEXTS,
  filter: TEXT,
  run_view_type: VIEW_TYPE,
  max_results: { type: 'int', max: MAX_PAGE },
  order_by: TEXTS,
  page_token: TEXT,
} as const

export const RUN_ROUTES: readonly JsonRoute[] = [
  jsonRoute('POST mlflow/runs/create', CREATE_FIELDS, create),
  jsonRoute('POST mlflow/runs/update', UPDATE_FIELDS, update),
  jsonRoute('GET mlflow/runs/get', { run_id: RUN_ID }, ({ run_id }, { scope, texts }) => ({
    run: texts.run(scope, getRun(scope, run_id).run_no),
  })),
  jsonRoute('POST mlflow/runs/delete', { run_id: REQUIRED_TEXT }, ({ run_id }, context) =>
    setLifecycle(context, run_id, 'deleted'),
  ),
  jsonRoute('POST mlflow/runs/restore', { run_id: REQUIRED_TEXT }, ({ run_id }, context) =>
    setLifecycle(context, run_id, 'active'),
  ),
]

/** Experiments with at most this many runs are searched at once, whatever the filter. */
const FEW_RUNS = 200

export const RUN_SEARCHES: readonly ReadRoute[] = [
  readRoute('POST mlflow/runs/search', SEARCH_FIELDS, {
    run: search,
    isShort: ({ experiment_ids }, { scope }) =>
      countRunsUpTo(scope, searchedExperiments(scope, experiment_ids), FEW_RUNS + 1) <= FEW_RUNS,
  }),
]

function searchedExperiments(scope: Scope, ids: readonly string[]): number[] {
  return findExperimentNos(scope, ids.map(experimentNumber))
}

/** A job whose run is deleted is archived, and the other way round: no job is ever lost here. */
async function setLifecycle(
  { scope, jobs, access, write }: Context,
  runId: string,
  lifecycle: 'active' | 'deleted',
): Promise<void> {
  await write(() => {
    const run = getRun(scope, runId)
    access.checkRun(scope, run)
    setRunLifecycle(scope, run, lifecycle)
    if (run.is_job === 1) jobs.setArchived([runId], lifecycle === 'deleted')
  })
}

function create(message: Message<typeof CREATE_FIELDS>, context: Context): Promise<unknown> {
  const { scope, texts, access, write } = context
  const { experiment_id = '', user_id = '', run_name = '', start_time } = message
  const tags = lastOfEachKey(keyValues(message.tags))
  const nameTag = tags.find(({ key }) => key === RUN_NAME_TAG)?.value ?? ''
  if (run_name !== '' && nameTag !== '' && run_name !== nameTag)
    throw invalid(
      `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${run_name}', mlflow.runName='${nameTag}').`,
    )
  const runName = run_name || nameTag || madeUpName([Math.random(), Math.random(), Math.random()])
  if (nameTag === '') tags.push({ key: RUN_NAME_TAG, value: runName })
  return write(() => {
    const experiment = getExperiment(scope, experiment_id)
    checkExperimentActive(experiment)
    const run = insertRun(scope, {
      runId: randomBytes(16).toString('hex'),
      experiment,
      runName,
      userId: user_id,
      status: 'RUNNING',
      startTime: start_time ?? 0,
      madeBy: access.madeBy,
      tags,
    })
    return { run: texts.created(scope, run.run_no) }
  })
}

/** The status of a job is its engine's business: a script that ends its run does not end its job. */
function update(message: Message<typeof UPDATE_FIELDS>, context: Context): Promise<unknown> {
  const { scope, jobs, write } = context
  const { run_id, status, end_time, run_name } = message
  return write(() => {
    const run = writableRun(context, run_id)
    const isJob = run.is_job === 1
    if (isJob && run_name) jobs.setDisplayName(run_id, run_name)
    const updated = updateRun(scope, run, {
      status: isJob ? undefined : status,
      endTime: isJob ? undefined : end_time,
      runName: run_name,
    })
    return { run_info: new RawJson(infoText(updated)) }
  })
}

function search(message: Message<typeof SEARCH_FIELDS>, { scope, texts }: ReadContext): unknown {
  const { experiment_ids, filter, run_view_type, max_results = 1_000, order_by } = message
  const limit = checkedPageSize(max_results, MAX_PAGE)
  const clauses = parseFilter(filter, RUN_GRAMMAR)
  const order = parseOrderBy(order_by, RUN_GRAMMAR)
  const offset = readPageToken(message.page_token)
  const found = searchRuns(scope, {
    experimentNos: searchedExperiments(scope, experiment_ids),
    lifecycles: lifecyclesOf(run_view_type),
    clauses,
    order,
    limit: limit + 1,
    offset,
  })
  const page = found.slice(0, limit)
  return {
    runs: nonEmpty(page) && texts.page(scope, page),
    next_page_token: nextPageToken(found.length, { offset, limit }),
  }
}
