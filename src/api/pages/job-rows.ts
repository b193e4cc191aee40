import type { JobRow } from '../../store/jobs.ts'
import { type Html, html } from './html.ts'
import { durationText, statusText, timeText } from './layout.ts'

type Column = readonly [title: string, cell: (job: JobRow, nowMs: number) => Html | string | null]

const STATUS: Column = [
  'Status',
  ({ status, reusedFrom }) =>
    reusedFrom === null
      ? statusText(status)
      : html`${statusText(status)} <span class="quiet">reused</span>`,
]
const TYPE: Column = ['Type', ({ type }) => type]
const TOOK: Column = ['Took', (job, nowMs) => duration(job, nowMs)]
const REASON: Column = ['Reason', ({ reason }) => reason]
const LIST: readonly Column[] = [
  ['Job', (job) => jobLink(job.name, job.displayName)],
  STATUS,
  TYPE,
  ['Experiment', ({ experiment }) => experiment],
  ['Created', ({ createdMs }) => timeText(createdMs)],
  TOOK,
  REASON,
]
const STEPS: readonly Column[] = [
  ['Step', (job) => jobLink(job.name, job.step.slice(job.step.lastIndexOf('.') + 1) || job.name)],
  STATUS,
  TYPE,
  ['Started', ({ startedMs }) => timeText(startedMs)],
  TOOK,
  REASON,
]

/** Jobs of a workspace. */
export const listTable = (jobs: readonly JobRow[], nowMs: number) => table(jobs, LIST, nowMs)

/** The steps of a pipeline, or whatever else a job made. */
export const stepTable = (jobs: readonly JobRow[], nowMs: number) => table(jobs, STEPS, nowMs)

function table(jobs: readonly JobRow[], columns: readonly Column[], nowMs: number): Html {
  const head = columns.map(([title]) => html`<th>${title}</th>`)
  const rows = jobs.map(
    (job) => html`<tr>${columns.map(([, cell]) => html`<td>${cell(job, nowMs)}</td>`)}</tr>`,
  )
  return html`<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`
}

export function duration({ startedMs, endedMs }: JobRow, nowMs: number): string {
  return startedMs === null ? '' : durationText((endedMs ?? nowMs) - startedMs)
}

export function jobPath(name: string): string {
  return `/jobs/${encodeURIComponent(name)}`
}

export function jobLink(name: string, label = name): Html {
  return html`<a href="${jobPath(name)}">${label}</a>`
}
