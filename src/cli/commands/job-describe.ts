import type { Run } from '../grammar/command.ts'
import { formatDuration } from '../stream/tree.ts'
import { pageOf } from './job-create.ts'
import { createdAt, shortCompute } from './job-list.ts'
import { jobName } from './job-name.ts'
import { apiPath } from './paths.ts'

type Job = Readonly<Record<string, unknown>>
interface JobEvent {
  readonly type: string
  readonly at_ms?: number
  readonly data?: Readonly<Record<string, unknown>>
}

/** `job describe`: a page for people. With a chosen output the same facts as data. */
export const describeJob: Run = async (context, args) => {
  const client = await context.connect()
  const path = apiPath('jobs', jobName(args))
  const [job, children, events] = await Promise.all([
    client.get<Job>(path),
    client.get<{ value: readonly Job[] }>(`${path}/children`),
    client.get<{ value: readonly JobEvent[] }>(`${path}/events`),
  ])
  if (context.hasChosenOutput)
    return { value: { job, children: children.value, events: events.value } }
  return { text: page(job, children.value, events.value) }
}

function page(job: Job, children: readonly Job[], events: readonly JobEvent[]): string {
  const facts: readonly (readonly [string, unknown])[] = [
    ['Name', job['name']],
    ['Type', job['type']],
    ['Status', job['status']],
    ['Reason', job['reason']],
    ['Experiment', job['experiment_name']],
    ['Compute', shortCompute(job['compute'])],
    ['Created', createdAt(job)],
    ['Page', pageOf(job)],
    ['Reused from', job['reused_from']],
  ]
  const shown = facts.filter(([, value]) => value !== undefined && value !== null && value !== '')
  const blocks = [shown.map(([label, value]) => `${`${label}:`.padEnd(13)}${value}`).join('\n')]
  if (children.length > 0) blocks.push(`Children:\n${children.map(childLine).join('\n')}`)
  const trials = job['trials'] as readonly Trial[] | undefined
  if (trials !== undefined) blocks.push(trialsBlock(trials, String(job['best_trial'] ?? '')))
  if (job['progress'] !== undefined) blocks.push(`Progress: ${factsText(job['progress'])}`)
  if (job['metrics'] !== undefined) blocks.push(`Metrics: ${factsText(job['metrics'])}`)
  if (events.length > 0) blocks.push(`Last events:\n${events.slice(-10).map(eventLine).join('\n')}`)
  const message = (job['error'] as { message?: string } | undefined)?.message
  if (message !== undefined) blocks.push(`Error:\n${message.replace(/^/gm, '  ')}`)
  return `${blocks.join('\n\n')}\n`
}

interface Trial {
  readonly name: string
  readonly status: string
  readonly best: number | null
  readonly parameters: unknown
}

function trialsBlock(trials: readonly Trial[], best: string): string {
  const lines = trials.map(({ name, status, best: value, parameters }) => {
    const mark = name === best ? '*' : ' '
    return `${mark} ${name.padEnd(28)} ${status.padEnd(10)} ${String(value ?? '-').padEnd(12)} ${factsText(parameters)}`
  })
  return `Trials (* is the best):\n${lines.join('\n')}`
}

function factsText(facts: unknown): string {
  const entries = Object.entries((facts ?? {}) as Job)
  const plain = entries.filter(([, value]) => typeof value !== 'object')
  return plain.map(([key, value]) => `${key}=${value}`).join(' ')
}

function childLine(child: Job): string {
  const step = String(child['step'] ?? child['display_name'] ?? child['name'])
  return `  ${step.padEnd(24)} ${String(child['status']).padEnd(12)} ${child['reason'] ?? ''}`.trimEnd()
}

function eventLine(
  { type, at_ms: atMs, data }: JobEvent,
  _i: number,
  all: readonly JobEvent[],
): string {
  const first = all[0]?.at_ms
  const time = atMs === undefined || first === undefined ? '' : `+${formatDuration(atMs - first)}`
  const detail = data?.['reason'] ?? data?.['status'] ?? ''
  return `  ${time.padStart(8)}  ${type}  ${detail}`.trimEnd()
}
