import { existsSync, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { AmletError } from '../../core/errors.ts'
import { waitingFolder } from '../../engine/build-log.ts'
import { getJob, type JobRow, listDescendants } from '../../store/jobs.ts'
import { FileAnswer, type Route, route } from '../route.ts'
import type { Services } from '../services.ts'
import { findJob } from './find-job.ts'
import { fileInside, filesBelow } from './folder-files.ts'
import { bestTrialOf } from './job-live.ts'
import { artifactFolder, hasEnded, type ListedOutput, listOutputs } from './job-outputs.ts'
import { stepBelow } from './job-view.ts'

/** A file on the server, where it goes in a download, and how to fetch it. */
interface Download {
  readonly from: string
  readonly to: string
  readonly url: string
}

/** Folders of a run folder that belong to the user. */
const LOG_FOLDERS = ['user_logs', 'system_logs']

/** Operations on the files that jobs leave. */
export function jobFileRoutes(services: Services): Route[] {
  const { db } = services
  return [
    route({
      method: 'GET',
      path: '/jobs/{name}/files',
      summary: 'Log files and kept files of a job',
      handler: async ({ params }) => ({
        value: await listFiles(services, findJob(db, params['name'] ?? '')),
      }),
    }),
    route({
      method: 'GET',
      path: '/jobs/{name}/files/{path*}',
      summary: 'The bytes of one file of a job',
      handler: ({ params }) =>
        new FileAnswer(findFile(services, findJob(db, params['name'] ?? ''), params['path'] ?? '')),
    }),
    route({
      method: 'GET',
      path: '/jobs/{name}/output-files/{output}/{path*}',
      summary: 'The bytes of one file of a named output',
      handler: ({ params }) => new FileAnswer(findOutputFile(services, params)),
    }),
    route({
      method: 'GET',
      path: '/jobs/{name}/download',
      summary: 'What a download of a job consists of',
      query: {
        output_name: { type: 'string', doc: 'One output; `<step>.<output>` for one of a child' },
        all: { type: 'boolean', doc: 'Every named output besides logs and kept files' },
      },
      handler: ({ params, query }) =>
        listDownload(services, findJob(db, params['name'] ?? ''), query),
    }),
  ]
}

interface JobFile {
  readonly path: string
  readonly size_bytes: number
}

async function listFiles(services: Services, job: JobRow): Promise<JobFile[]> {
  const files: JobFile[] = []
  for (const { folder, prefix } of foldersOf(services, job))
    for (const name of await filesBelow(folder)) {
      const { size } = await stat(path.join(folder, name))
      files.push({ path: path.posix.join(prefix, name), size_bytes: size })
    }
  return files
}

/** Where a job's files are, and under which name they show. */
function foldersOf(services: Services, job: JobRow): { folder: string; prefix: string }[] {
  const runDir = runDirOf(services, job)
  const logs =
    runDir === undefined
      ? []
      : LOG_FOLDERS.map((name) => ({ folder: path.join(runDir, name), prefix: name }))
  return [...logs, { folder: artifactFolder(services, job), prefix: '' }]
}

/** The run folder whose results count: of a reused job, its original's; without an attempt, that of the wait for it. */
export function runDirOf({ db, runs }: Services, job: JobRow): string | undefined {
  const { name, attempt, status } =
    job.reusedFrom === null ? job : (getJob(db, job.reusedFrom) ?? job)
  if (attempt !== null) return path.join(runs, attempt)
  const waiting = waitingFolder(runs, name)
  return status === 'Preparing' || existsSync(waiting) ? waiting : undefined
}

/**
 * A log file or kept file of a job by its path.
 *
 * @throws AmletError `ResourceNotFound`, also for a link that leads out.
 */
export function findFile(services: Services, job: JobRow, wanted: string): string {
  for (const { folder, prefix } of foldersOf(services, job)) {
    if (prefix !== '' && !wanted.startsWith(`${prefix}/`)) continue
    const found = fileInside(folder, prefix === '' ? wanted : wanted.slice(prefix.length + 1))
    if (found !== undefined) return found
  }
  throw noFile(job.name, wanted)
}

function findOutputFile(services: Services, params: Readonly<Record<string, string>>): string {
  const job = findJob(services.db, params['name'] ?? '')
  const { output = '', path: wanted = '' } = params
  const record = Object.hasOwn(job.outputs, output) ? job.outputs[output] : undefined
  if (record === undefined) throw noFile(job.name, `${output}/${wanted}`)
  const place = services.places.locate(record.uri)
  const isFile = statSync(place, { throwIfNoEntry: false })?.isFile() ?? false
  if (isFile && wanted === path.basename(place)) return place
  const found = isFile ? undefined : fileInside(place, wanted)
  if (found === undefined) throw noFile(job.name, `${output}/${wanted}`)
  return found
}

function noFile(job: string, wanted: string): AmletError {
  return new AmletError({
    code: 'ResourceNotFound',
    message: `job ${job} has no file "${wanted}"`,
    hint: `GET /api/jobs/${job}/files lists its files`,
  })
}

interface DownloadQuery {
  readonly output_name?: string
  readonly all?: boolean
}

async function listDownload(
  services: Services,
  job: JobRow,
  query: DownloadQuery,
): Promise<{ files: Download[]; names: string[] }> {
  if (!hasEnded(job)) throw notEnded(job)
  const outputs = listOutputs(services, job)
  const names = outputs.map(fullName)
  if (query.output_name !== undefined) {
    const wanted = findOutput(outputs, query.output_name)
    return {
      files: wanted === undefined ? [] : await outputDownload(services, job, wanted),
      names,
    }
  }
  const best = job.type === 'sweep' ? bestTrialOf(services, job) : undefined
  if (best !== undefined)
    return { files: await sweepDownload(services, job, { best, query }), names }
  const jobs = [job, ...listDescendants(services.db, job.name)]
  const files: Download[][] = []
  for (const each of jobs) files.push(await artifactDownload(services, each, stepBelow(each, job)))
  if (query.all)
    for (const output of outputs) files.push(await outputDownload(services, job, output))
  return { files: files.flat(), names }
}

/** As Azure: the best trial as if it had been asked for, and what is the sweep's own in a folder beside it. */
async function sweepDownload(
  services: Services,
  sweep: JobRow,
  { best, query }: { readonly best: JobRow; readonly query: DownloadQuery },
): Promise<Download[]> {
  const own = (await artifactDownload(services, sweep, '')).map((file) => ({
    ...file,
    to: path.posix.join('hd-artifacts', path.posix.relative('artifacts', file.to)),
  }))
  const { files } = await listDownload(services, best, query)
  return [...files, ...own]
}

function notEnded(job: JobRow): AmletError {
  return new AmletError({
    code: 'InvalidState',
    message: `job ${job.name} is ${job.status}; only Completed, Failed, Canceled and NotResponding jobs can be downloaded`,
    hint: `wait for it: amlet job stream -n ${job.name}`,
  })
}

const fullName = ({ step, name }: ListedOutput) => (step === undefined ? name : `${step}.${name}`)

/** The job's own output of that name, a child's by its full name, or the only one that ends so. */
function findOutput(outputs: readonly ListedOutput[], wanted: string): ListedOutput | undefined {
  const exact = outputs.find((output) => fullName(output) === wanted)
  if (exact !== undefined) return exact
  const named = outputs.filter(({ name }) => name === wanted)
  return named.length === 1 ? named[0] : undefined
}

async function outputDownload(
  services: Services,
  job: JobRow,
  output: ListedOutput,
): Promise<Download[]> {
  const { name, step, local_path: place } = output
  const owner =
    step === undefined ? job : findJob(services.db, `${job.root}.${join(job.step, step)}`)
  const target = path.posix.join('named-outputs', fullName(output))
  const isFile = statSync(place, { throwIfNoEntry: false })?.isFile() ?? false
  const files = isFile ? [path.basename(place)] : await filesBelow(place)
  return files.map((file) => ({
    from: isFile ? place : path.join(place, file),
    to: path.posix.join(target, file),
    url: `/jobs/${owner.name}/output-files/${name}/${toUrl(file)}`,
  }))
}

async function artifactDownload(
  services: Services,
  job: JobRow,
  step: string,
): Promise<Download[]> {
  const files: Download[] = []
  for (const { folder, prefix } of foldersOf(services, job))
    for (const file of await filesBelow(folder))
      files.push({
        from: path.join(folder, file),
        to: path.posix.join('artifacts', step.replaceAll('.', '/'), prefix, file),
        url: `/jobs/${job.name}/files/${toUrl(path.posix.join(prefix, file))}`,
      })
  return files
}

const join = (...steps: readonly string[]) => steps.filter((step) => step !== '').join('.')
const toUrl = (file: string) => file.split('/').map(encodeURIComponent).join('/')
