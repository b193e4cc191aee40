import { createReadStream } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { AmletError } from '../../core/errors.ts'
import { isTerminal } from '../../core/lifecycle/status.ts'
import { countJobs, type JobRow, listJobs } from '../../store/jobs.ts'
import { toErrorBody } from '../errors.ts'
import type { Services } from '../services.ts'
import { findJob } from '../workspace/find-job.ts'
import { findFile, runDirOf } from '../workspace/job-files.ts'
import { listOutputs } from '../workspace/job-outputs.ts'
import { toJobView } from '../workspace/job-view.ts'
import { sendErrorPage } from './error-page.ts'
import { html } from './html.ts'
import { jobPage, type LogEnd } from './job-page.ts'
import { listTable } from './job-rows.ts'
import { PAGE_HEADERS, type Page, renderPage } from './layout.ts'
import type { SignIn } from './sign-in.ts'

/** Paths are read against it; it goes nowhere. */
const HERE = 'http://localhost'
const JOBS_ON_A_PAGE = 100
const LOG_END_BYTES = 32 * 1024

/** Answers the requests of browsers. */
export function servePages(services: Services, signIn: SignIn): RequestListener {
  return (request, response) => {
    answer({ services, signIn }, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else {
        const { status, body } = toErrorBody(error)
        sendErrorPage(response, status, body.error.details)
      }
    })
  }
}

interface Site {
  readonly services: Services
  readonly signIn: SignIn
}

async function answer(
  { services, signIn }: Site,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = URL.parse(request.url ?? '/', HERE)
  if (url === null) throw noPage(request.url ?? '')
  const [place, name, part, ...rest] = url.pathname.split('/').slice(1).map(decode)
  if (place === 'sign-in') {
    enter(signIn, url.searchParams, response)
    return
  }
  if (name === undefined || name === '') {
    send(response, jobsPage(services, Number(url.searchParams.get('skip') ?? 0)))
    return
  }
  const job = findJob(services.db, name)
  if (part === undefined) send(response, await onePage(services, job))
  else if (part === 'logs') await sendLog(response, findFile(services, job, rest.join('/')))
  else throw noPage(url.pathname)
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw noPage(segment)
  }
}

const noPage = (place: string) =>
  new AmletError({
    code: 'ResourceNotFound',
    message: `there is no page ${JSON.stringify(place.slice(0, 200))}`,
    hint: '/jobs lists the jobs',
  })

function enter(signIn: SignIn, query: URLSearchParams, response: ServerResponse): void {
  const cookie = signIn.redeem(query.get('code') ?? '')
  if (cookie === undefined)
    throw new AmletError({
      code: 'Unauthorized',
      message: 'this link was used already or is older than a minute',
      hint: 'ask for a new one: amlet job show -n <job> --web',
    })
  const { pathname = '' } = URL.parse(query.get('to') ?? '', HERE) ?? {}
  const target = /^\/jobs(?=\/|$)/.test(pathname) ? pathname : '/jobs'
  response.writeHead(303, { ...PAGE_HEADERS, location: target, 'set-cookie': cookie }).end()
}

function send(response: ServerResponse, page: Page): void {
  response.writeHead(200, PAGE_HEADERS).end(renderPage(page))
}

function jobsPage({ db }: Services, asked: number): Page {
  const skip = Number.isSafeInteger(asked) && asked > 0 ? asked : 0
  const jobs = listJobs(db, { max: JOBS_ON_A_PAGE, skip })
  const total = countJobs(db, {})
  const none = html`<p>No job yet. <code>amlet job create -f job.yml</code> makes one.</p>`
  const next = skip + jobs.length
  const more = next < total ? html`<p><a href="/jobs?skip=${next}">Older jobs</a></p>` : undefined
  return {
    title: 'Jobs',
    body: html`<h1>Jobs</h1>${jobs.length === 0 ? none : listTable(jobs, Date.now())}${more}`,
    isLive: jobs.some(({ status }) => !isTerminal(status)),
  }
}

async function onePage(services: Services, job: JobRow): Promise<Page> {
  const facts = {
    job,
    view: toJobView(services, job),
    children: listJobs(services.db, { parent: job.name, archived: 'all' }),
    outputs: listOutputs(services, job),
    logs: await logEnds(services, job),
    nowMs: Date.now(),
  }
  return { title: job.displayName, body: jobPage(facts), isLive: !isTerminal(job.status) }
}

async function logEnds(services: Services, job: JobRow): Promise<LogEnd[]> {
  const runDir = runDirOf(services, job)
  if (runDir === undefined) return []
  const files = await services.logs.list(runDir, true)
  return Promise.all(
    files.map(async (file) => ({
      file,
      ...(await services.logs.readEnd(runDir, file, LOG_END_BYTES)),
    })),
  )
}

async function sendLog(response: ServerResponse, file: string): Promise<void> {
  response.writeHead(200, { ...PAGE_HEADERS, 'content-type': 'text/plain; charset=utf-8' })
  await pipeline(createReadStream(file), response)
}
