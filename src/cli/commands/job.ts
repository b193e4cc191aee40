import type { StreamEvent } from '../../core/wire.ts'
import type { Run } from '../grammar/command.ts'
import type { Columns } from '../output/outcome.ts'
import { openPage, tidyJob } from './job-create.ts'
import { jobName } from './job-name.ts'
import { apiPath } from './paths.ts'
import { updateBody } from './update-body.ts'

type Job = Readonly<Record<string, unknown>>

/** A step that no job has: a stream of statuses without logs. */
export const NO_STEP = '-'

export const showJob: Run = async (context, args) => {
  const client = await context.connect()
  const job = await client.get<Job>(apiPath('jobs', args.need('name')))
  if (args.isOn('web')) await openPage(job, context)
  return { value: tidyJob(job) }
}

/** Archives or restores a job. Prints nothing on success, as az. */
function act(verb: string): Run {
  return async (context, args) => {
    const client = await context.connect()
    await client.post(`${apiPath('jobs', args.need('name'))}/${verb}`)
    return {}
  }
}

/** Asks for the end and waits for it, as az does. */
export const cancelJob: Run = async (context, args) => {
  const client = await context.connect()
  const path = apiPath('jobs', args.need('name'))
  await client.post(`${path}/cancel`)
  const query = { step: [NO_STEP], brief: true }
  for await (const event of client.stream<StreamEvent>(`${path}/stream`, { query }))
    if (event.type === 'end') break
  return {}
}

export const archiveJob = act('archive')
export const restoreJob = act('restore')

export const updateJob: Run = async (context, args) => {
  const client = await context.connect()
  const job = await client.patch<Job>(apiPath('jobs', args.need('name')), updateBody(args))
  if (args.isOn('web')) await openPage(job, context)
  return { value: tidyJob(job) }
}

const OUTPUT_COLUMNS: Columns = [
  ['name', (row) => (row['step'] ? `${row['step']}.${row['name']}` : row['name'])],
  ['type', (row) => row['type']],
  ['asset', (row) => row['asset']],
  ['path', (row) => row['local_path'] ?? row['path']],
]

export const listOutputs: Run = async (context, args) => {
  const client = await context.connect()
  const { value } = await client.get<{ readonly value: readonly Job[] }>(
    `${apiPath('jobs', jobName(args))}/outputs`,
  )
  return { value, table: OUTPUT_COLUMNS }
}

export const showServices: Run = async (context, args) => {
  const client = await context.connect()
  const job = await client.get<Job>(apiPath('jobs', args.need('name')))
  return { value: job['services'] ?? {} }
}

export const explainReuse: Run = async (context, args) => {
  const client = await context.connect()
  const path = `${apiPath('jobs', jobName(args))}/explain-reuse`
  return { value: await client.get<Job>(path, { query: { against: args.text('against') } }) }
}
