import type { JobRow } from '../../store/jobs.ts'
import { type Html, html } from './html.ts'
import { durationText, statusText, timeText } from './layout.ts'

type Column = readonly [
  title: string,
  cell: (job: JobRow, nowMs: number) => Html | string | null,
  /** A few words that stay on one line; whatever a user names may break anywhere. */
  width?: 'short',
]

const STATUS: Column = [
  'Status',
  ({ status, reusedFrom }) =>
    reusedFrom === null
      ? statusText(status)
      : html`${statusText(status)} <span class="quiet">reused</span>`,
  'short',
]
const TYPE: Column = ['Type', ({ type }) => type, 'short']
const TOOK: Column = ['Took', (job, nowMs) => duration(job, nowMs), 'short']
const REASON: Column = ['Reason', ({ reason }) => reason]
const LIST: readonly Column[] = [
  ['Job', (job) => jobLink(job.name, job.displayName)],
  STATUS,
  TYPE,
  ['Experiment', ({ experiment }) => experiment],
  ['Created', ({ createdMs }) => timeText(createdMs), 'short'],
  TOOK,
  REASON,
]
const STEPS: readonly Column[] = [
  ['Step', (job) => jobLink(job.name, job.step.slice(job.step.lastIndexOf('.') + 1) || job.name)],
  STATUS,
  TYPE,
  ['Started', ({ startedMs }) => timeText(startedMs), 'short'],
  TOOK,
  REASON,
]

/** Jobs of a workspace. */
export const listTable = (jobs: readonly JobRow[], nowMs: number) => table(jobs, LIST, nowMs)

/** The steps of a pipeline, or whatever else a job made. */
export const stepTable = (jobs: readonly JobRow[], nowMs: number) => table(jobs, STEPS, nowMs)

/** `200 steps: 198 Completed, 2 Failed`, since a long table shows its end to nobody. */
export function countsOf(jobs: readonly JobRow[]): Html {
  const groups = Object.entries(Object.groupBy(jobs, ({ status }) => status))
  const counts = groups.map(([status, some]) => `${some.length} ${status}`)
  const noun = jobs.length === 1 ? 'step' : 'steps'
  return html`<p class="quiet">${jobs.length} ${noun}: ${counts.join(', ')}</p>`
}

function table(jobs: readonly JobRow[], columns: readonly Column[], nowMs: number): Html {
  const head = columns.map(([title]) => html`<th>${title}</th>`)
  const rows = jobs.map(
    (job) =>
      html`<tr>${columns.map(([, cell, width]) =>
        width === undefined
          ? html`<td>${cell(job, nowMs)}</td>`
          : html`<td class="${width}">${cell(job, nowMs)}</td>`,
      )}</tr>`,
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
