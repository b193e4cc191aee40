import { writeFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import type { Run } from '../grammar/command.ts'
import { UsageError } from '../grammar/usage-error.ts'
import type { Columns } from '../output/outcome.ts'
import { jobName } from './job-name.ts'
import { apiPath } from './paths.ts'

type Row = Readonly<Record<string, unknown>>

/** `job metrics`: the last value of each, or with `--key` all points of one; `--export` writes all points. */
export const showMetrics: Run = async (context, args) => {
  const client = await context.connect()
  const path = `${apiPath('jobs', jobName(args))}/metrics`
  const target = args.text('export')
  const query = { key: args.text('key'), history: target === undefined ? undefined : true }
  const { value } = await client.get<{ value: readonly Row[] }>(path, { query })
  if (target === undefined) return { value, table: METRIC_COLUMNS }
  await writeFile(resolve(context.cwd, target), exportText(value, target))
  context.log.note(`${value.length} points written to ${target}`)
  return {}
}

const METRIC_COLUMNS: Columns = ['key', 'value', 'step', 'timestamp', 'count'].map((key) => [
  key,
  (row) => row[key],
])

function exportText(rows: readonly Row[], target: string): string {
  const kind = extname(target).toLowerCase()
  if (kind === '.json') return `${JSON.stringify(rows, null, 2)}\n`
  if (kind !== '.csv')
    throw new UsageError(`argument --export: '${target}' must end in .csv or .json`)
  const header = ['key', 'step', 'timestamp', 'value']
  const lines = rows.map((row) => header.map((key) => csvCell(row[key])).join(','))
  return `${[header.join(','), ...lines].join('\n')}\n`
}

function csvCell(value: unknown): string {
  const text = value === undefined || value === null ? '' : String(value)
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

interface Compared {
  readonly name: string
  readonly params: Readonly<Record<string, unknown>>
  readonly metrics: Readonly<Record<string, unknown>>
}

/** `job compare A B …`: one row a parameter or metric, one column a job. */
export const compareJobs: Run = async (context, args) => {
  const client = await context.connect()
  const { value } = await client.get<{ value: readonly Compared[] }>('/jobs-compare', {
    query: { name: args.words },
  })
  const rows = [...compareBy(value, 'params'), ...compareBy(value, 'metrics')]
  return { value: args.isOn('differences') ? rows.filter(differs) : rows, table: columnsOf(value) }
}

function compareBy(jobs: readonly Compared[], part: 'params' | 'metrics'): Row[] {
  const keys = [...new Set(jobs.flatMap((job) => Object.keys(job[part])))].sort()
  return keys.map((key) => ({
    kind: part === 'params' ? 'parameter' : 'metric',
    key,
    values: Object.fromEntries(jobs.map((job) => [job.name, job[part][key] ?? null])),
  }))
}

function differs(row: Row): boolean {
  const values = Object.values(row['values'] as Row)
  return values.some((value) => value !== values[0])
}

function columnsOf(jobs: readonly Compared[]): Columns {
  const named: Columns = jobs.map(({ name }) => [name, (row) => (row['values'] as Row)[name] ?? ''])
  return [['kind', (row) => row['kind']], ['key', (row) => row['key']], ...named]
}
