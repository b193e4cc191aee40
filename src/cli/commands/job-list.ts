import { AmletError } from '../../core/errors.ts'
import type { Context } from '../context.ts'
import type { Args } from '../grammar/args.ts'
import type { Run } from '../grammar/command.ts'
import type { Columns } from '../output/outcome.ts'
import { tidyJob } from './job-create.ts'
import { openPath } from './open-path.ts'

type Job = Readonly<Record<string, unknown>>

const PAGE = 50
/** Queries that need no more of a job than a row of the table has. */
const BRIEF_QUERY = /^\[(?:\*|\d+)?\]\.(?:name|status|display_name|experiment_name|type)$/

const COLUMNS: Columns = [
  ['name', (row) => row['name']],
  ['status', (row) => row['status']],
  ['experiment', (row) => row['experiment_name']],
  ['compute target', (row) => shortCompute(row['compute']) ?? ''],
  ['job type', (row) => row['type']],
  ['created on', (row) => createdAt(row)],
  ['metrics', (row) => shortMetrics(row['metrics'])],
]

/** `job list`: root jobs, or the children of one. */
export const listJobs: Run = async (context, args) => {
  checkArchived(args)
  if (args.isOn('web')) await openPath('/jobs', context)
  const max = args.state('all-results') ? undefined : (args.number('max-results') ?? PAGE)
  const parent = args.text('parent-job-name')
  const query = args.text('query')
  const jobs = await fetchJobs(context, {
    parent_job_name: parent,
    max_results: max,
    include_archived: args.isOn('include-archived') || undefined,
    archived_only: args.isOn('archived-only') || undefined,
    status: args.text('status'),
    experiment_name: args.text('experiment-name'),
    brief: isBrief(context, query) || undefined,
  })
  if (max !== undefined && jobs.length === max)
    context.log.warning(`Displaying top ${max} results from the list command.`)
  const rows = args.isOn('tree') ? await withChildren(context, jobs, { query, depth: 0 }) : jobs
  return { value: rows.map(tidyJob), table: COLUMNS }
}

/** Whether what is shown leaves out all that makes the entity of a job long. */
function isBrief({ output }: Context, query: string | undefined): boolean {
  return query === undefined ? output === 'table' : BRIEF_QUERY.test(query)
}

/** `--include-archived` and `--archived-only` say two things. */
export function checkArchived(args: Args): void {
  if (!args.isOn('include-archived') || !args.isOn('archived-only')) return
  throw new AmletError({
    code: 'UserError',
    message: 'Cannot provide both archived-only and include-archived.',
    hint: 'choose one of the two',
  })
}

async function fetchJobs(
  context: Context,
  query: Readonly<Record<string, string | number | boolean | undefined>>,
): Promise<Job[]> {
  const client = await context.connect()
  const { value } = await client.get<{ readonly value: readonly Job[] }>('/jobs', { query })
  return [...value]
}

/** Parents, each followed by what is below it, its name set in. */
async function withChildren(
  context: Context,
  jobs: readonly Job[],
  { query, depth }: { readonly query: string | undefined; readonly depth: number },
): Promise<Job[]> {
  const rows: Job[] = []
  for (const job of jobs) {
    rows.push(depth === 0 || context.output !== 'table' ? job : setIn(job, depth))
    const isParent = ['pipeline', 'sweep'].includes(String(job['type']))
    if (!isParent) continue
    const children = await fetchJobs(context, {
      parent_job_name: String(job['name']),
      brief: isBrief(context, query) || undefined,
    })
    rows.push(...(await withChildren(context, children, { query, depth: depth + 1 })))
  }
  return rows
}

function setIn(job: Job, depth: number): Job {
  return { ...job, name: `${'  '.repeat(depth)}${job['name']}` }
}

export function createdAt(row: Job): unknown {
  return (row['creation_context'] as Job | undefined)?.['created_at']
}

/** The last part of a compute's id, which is its name. */
export function shortCompute(compute: unknown): unknown {
  return typeof compute === 'string'
    ? compute
        .replace(/^azureml:/, '')
        .split('/')
        .at(-1)
    : compute
}

/** As many metrics of a job as a row has room for. */
const MOST_METRICS = 4

/**
 * `loss=0.25 auc=0.91 … 12 more`; undefined, which makes no column, for a job that logged none. What MLflow says of the machine
 * (`system/…`) comes last.
 */
export function shortMetrics(metrics: unknown): string | undefined {
  const all = Object.entries((metrics ?? {}) as Readonly<Record<string, unknown>>)
  const isOfMachine = ([key]: [string, unknown]) => key.startsWith('system/')
  const entries = [...all.filter((entry) => !isOfMachine(entry)), ...all.filter(isOfMachine)]
  const shorten = (value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(4)) : value
  if (entries.length === 0) return undefined
  const shown = entries.slice(0, MOST_METRICS).map(([key, value]) => `${key}=${shorten(value)}`)
  const more = entries.length - shown.length
  return more > 0 ? `${shown.join(' ')} … ${more} more` : shown.join(' ')
}
