import { AmletError } from '../../core/errors.ts'
import { type JobStatus, STATUSES } from '../../core/lifecycle/status.ts'
import type { StreamEvent } from '../../core/wire.ts'
import { closestWords } from '../grammar/closest.ts'
import type { Run } from '../grammar/command.ts'
import { UsageError } from '../grammar/usage-error.ts'
import { isEnded } from '../stream/statuses.ts'
import { NO_STEP } from './job.ts'
import { tidyJob } from './job-create.ts'
import { jobName } from './job-name.ts'
import { apiPath } from './paths.ts'

type Job = Readonly<Record<string, unknown>>

/** `job wait`: exit code 1 when the time is over, or when the job ends in another status than the one waited for. */
export const waitForJob: Run = async (context, args) => {
  const name = jobName(args)
  const wanted = readCondition(args.text('for'))
  const timeoutMs = readDuration(args.text('timeout'))
  const client = await context.connect()
  const stop = new AbortController()
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => stop.abort(), timeoutMs)
  try {
    await client.get(apiPath('jobs', name))
    const path = `${apiPath('jobs', name)}/stream`
    const query = { step: [NO_STEP], brief: true }
    for await (const event of client.stream<StreamEvent>(path, { query, signal: stop.signal }))
      if (isReached(event, name, wanted)) break
  } catch (error) {
    if (!stop.signal.aborted) throw error
    const { status } = await client.get<Job>(apiPath('jobs', name))
    throw new AmletError({
      code: 'UserError',
      message: `job "${name}" ${wanted === undefined ? 'had not ended' : `was not ${wanted}`} after ${args.text('timeout')}; it is ${status}`,
      hint: `see what it is doing with \`amlet job describe -n ${name}\``,
    })
  } finally {
    clearTimeout(timer)
    stop.abort()
  }
  const job = await client.get<Job>(apiPath('jobs', name))
  const isWanted = wanted === undefined || job['status'] === wanted
  if (!isWanted) context.log.error(`job "${name}" ended as ${job['status']}, not as ${wanted}`)
  return { value: tidyJob(job), exitCode: isWanted ? 0 : 1 }
}

function isReached(event: StreamEvent, name: string, wanted: string | undefined): boolean {
  if (event.type === 'end') return true
  if (event.type !== 'job' || event.name !== name) return false
  return event.job.status === wanted || isEnded(event.job.status)
}

function readCondition(text: string | undefined): JobStatus | undefined {
  if (text === undefined) return undefined
  const typed = /^(?:status=)?([A-Za-z]+)$/.exec(text)?.[1]
  if (typed === undefined)
    throw new UsageError(`argument --for: '${text}' is not a condition such as status=Completed`)
  const status = STATUSES.find((known) => known.toLowerCase() === typed.toLowerCase())
  if (status !== undefined) return status
  const near = closestWords(typed, STATUSES, 1)
  throw new UsageError(
    `argument --for: no job is ever '${typed}'`,
    near.map((word) => `Did you mean status=${word} ?`),
  )
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

function readDuration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)([smhd])?$/.exec(text) ?? []
  if (amount !== undefined) return Number(amount) * (UNITS[unit] ?? 1) * 1000
  throw new UsageError(`argument --timeout: '${text}' is not a time such as 90s, 10m or 2h`)
}
