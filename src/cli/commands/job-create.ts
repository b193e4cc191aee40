import { dirname, resolve } from 'node:path'
import type { Client } from '../../client/client.ts'
import type { Diagnostic } from '../../core/errors.ts'
import type { JobCreateBody } from '../../core/wire.ts'
import type { Context } from '../context.ts'
import type { Args } from '../grammar/args.ts'
import type { Run } from '../grammar/command.ts'
import { UsageError } from '../grammar/usage-error.ts'
import type { Columns, Outcome } from '../output/outcome.ts'
import { readGitFacts } from './git-facts.ts'
import { jobName } from './job-name.ts'
import { printWarnings } from './notes.ts'
import { openPath } from './open-path.ts'
import { apiPath } from './paths.ts'
import { postWithProgress } from './upload-progress.ts'
import { yamlBody } from './yaml-body.ts'

type Job = Readonly<Record<string, unknown>>
interface Created {
  readonly job: Job
  readonly warnings?: readonly Diagnostic[]
}

/** `job create`: submits, then saves, opens and follows as asked, and prints the job. */
export const createJob: Run = async (context, args) => {
  const client = await context.connect()
  const body: JobCreateBody = {
    ...yamlBody(args, context, { params: { name: args.text('name') }, isLocal: client.isLocal }),
    ...gitFacts(args, context),
    ...(args.isOn('skip-validation') ? { skip_validation: true } : {}),
    ...(args.text('env') === 'machine' ? { environment: 'machine' } : {}),
    ...(args.isOn('stream') && args.text('save-as') === undefined ? { brief: true } : {}),
  }
  const created = await postWithProgress<Created>(context, client, { path: '/jobs', body })
  printWarnings(context, created.warnings)
  await saveAs(args.text('save-as'), created.job, context)
  if (args.isOn('web')) await openPage(created.job, context)
  return args.isOn('stream') ? follow(created.job, context, args) : { value: tidyJob(created.job) }
}

/** `job plan`: what a submission would do. */
export const planJob: Run = async (context, args) => {
  const client = await context.connect()
  const body = yamlBody(args, context, {
    params: { name: args.text('name') },
    isLocal: client.isLocal,
  })
  const plan = await client.post<Job & { readonly warnings?: readonly Diagnostic[] }>(
    '/jobs/plan',
    body,
  )
  printWarnings(context, plan.warnings)
  const isTable = context.output === 'table' && Array.isArray(plan['jobs'])
  return isTable ? { value: plan['jobs'], table: PLAN_COLUMNS } : { value: plan }
}

const PLAN_COLUMNS: Columns = [
  ['step', (row) => row['step']],
  ['type', (row) => row['type']],
  ['component', (row) => row['component']],
  ['compute', (row) => row['compute']],
  ['reuse', (row) => reuseText(row['reuse'])],
  ['environment', (row) => (row['environment'] as { state?: string } | undefined)?.state],
  ['reason', (row) => row['reason']],
]

/** The job whose results would be taken over, or that the step would run. */
function reuseText(original: unknown): string {
  return typeof original === 'string' ? `reused from ${original}` : 'runs'
}

/** `job resume`: a new job that reuses what finished, as that was submitted or as the file is now. */
export const resumeJob: Run = async (context, args) => {
  const client = await context.connect()
  const created = await (args.text('file') === undefined
    ? resumeAsItWas(client, args)
    : resumeFile(context, client, args))
  printWarnings(context, created.warnings)
  return args.isOn('stream') ? follow(created.job, context, args) : { value: tidyJob(created.job) }
}

function resumeAsItWas(client: Client, args: Args): Promise<Created> {
  if (args.list('set') !== undefined)
    throw new UsageError('--set changes a file: give --file too', [])
  return client.post<Created>(`${apiPath('jobs', jobName(args))}/resume`, fromOf(args))
}

function resumeFile(context: Context, client: Client, args: Args): Promise<Created> {
  const body: JobCreateBody = {
    ...yamlBody(args, context, { isLocal: client.isLocal }),
    ...gitFacts(args, context),
    ...fromOf(args),
    resumes: jobName(args),
    ...(args.isOn('stream') ? { brief: true } : {}),
  }
  return postWithProgress<Created>(context, client, { path: '/jobs', body })
}

function fromOf(args: Args): { readonly from?: string } {
  const from = args.text('from')
  return from === undefined ? {} : { from }
}

async function follow(job: Job, context: Context, args: Args): Promise<Outcome> {
  const { followJob } = await import('../stream/follow.ts')
  const { job: ended, exitCode } = await followJob(context, String(job['name']), {
    steps: args.knows('step') ? args.list('step') : undefined,
    allFiles: args.knows('all-files') && args.isOn('all-files'),
    exitStatus: args.knows('exit-status') && args.isOn('exit-status'),
    page: pageOf(job),
    isBrief: context.output === 'none' && args.text('query') === undefined,
  })
  return { ...(ended === undefined ? {} : { value: tidyJob(ended) }), exitCode }
}

function gitFacts(args: Args, { cwd }: Context): Pick<JobCreateBody, 'git'> {
  const file = args.need('file')
  const git = readGitFacts(file === '-' ? cwd : dirname(resolve(cwd, file)))
  return git === undefined ? {} : { git }
}

async function saveAs(path: string | undefined, job: Job, { cwd }: Context): Promise<void> {
  if (path === undefined) return
  const { writeFile } = await import('node:fs/promises')
  const { formatYaml } = await import('../output/yaml.ts')
  await writeFile(resolve(cwd, path), formatYaml(job))
}

/** The job's page, where the server has one. */
export function pageOf(job: Job): string | undefined {
  const services = job['services'] as Record<string, { endpoint?: string }> | undefined
  return services?.['Studio']?.endpoint
}

/** Opens a job's page in a browser. */
export async function openPage(job: Job, context: Context): Promise<void> {
  const page = pageOf(job)
  if (page === undefined) context.log.warning('this job has no page to open')
  else await openPath(new URL(page).pathname, context)
}

const INTERNAL_TAG = /_aml_system_|platform_config/

/** A job as az shows it: without the tags that the service keeps for itself. */
export function tidyJob(job: Job): Job {
  const { tags } = job
  if (typeof tags !== 'object' || tags === null) return job
  const shown = Object.entries(tags).filter(([key]) => !INTERNAL_TAG.test(key))
  return { ...job, tags: Object.fromEntries(shown) }
}
