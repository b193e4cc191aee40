import { asMapping } from '../../core/mapping.ts'
import type { JobRow } from '../../store/jobs.ts'
import type { ListedOutput } from '../workspace/job-outputs.ts'
import { type Html, html } from './html.ts'
import { countsOf, duration, jobLink, jobPath, stepTable } from './job-rows.ts'
import { statusText, timeText } from './layout.ts'
import { progressText, valueText } from './values.ts'

/** The end of a log, as text. */
export interface LogEnd {
  /** Path below the run folder. */
  readonly file: string
  readonly text: string
  /** There is more above. */
  readonly isCut: boolean
}

export interface JobFacts {
  readonly job: JobRow
  /** The job as `job show` prints it. */
  readonly view: Readonly<Record<string, unknown>>
  readonly children: readonly JobRow[]
  readonly outputs: readonly ListedOutput[]
  readonly logs: readonly LogEnd[]
  readonly nowMs: number
}

/** What there is to know about one job, the most urgent on top. */
export function jobPage(facts: JobFacts): Html {
  const { job, children, nowMs } = facts
  return html`<h1>${job.displayName}</h1>
${summary(facts)}${errorPart(job)}
${section('Trials', trialTable(facts.view['trials']))}
${section('Steps', job.type !== 'sweep' && children.length > 0 && html`${countsOf(children)}${stepTable(children, nowMs)}`)}
${section('Metrics', pairs(facts.view['metrics']))}
${section('Inputs', pairs(facts.view['inputs']))}
${section('Outputs', outputTable(facts.outputs))}
${facts.logs.map((log) => logPart(job, log))}
${section('Command', preOf(facts.view['command']))}
${section('Tags', pairs(job.tags))}`
}

function summary({ job, view, nowMs }: JobFacts): Html {
  const { parent, reusedFrom } = job
  const rows: readonly (readonly [string, Html | string | undefined])[] = [
    ['Status', statusText(job.status)],
    ['Reason', job.error === null ? (job.reason ?? undefined) : undefined],
    ['Name', job.name],
    ['Part of', parent === null ? undefined : jobLink(parent)],
    ['Reused from', reusedFrom === null ? undefined : jobLink(reusedFrom)],
    [
      'Best trial',
      typeof view['best_trial'] === 'string' ? jobLink(view['best_trial']) : undefined,
    ],
    ['Type', job.type],
    ['Experiment', job.experiment],
    ['Compute', job.compute],
    ['Description', job.description ?? undefined],
    ['Created', timeText(job.createdMs)],
    ['Took', duration(job, nowMs) || undefined],
    ['Progress', progressText(view['progress'])],
  ]
  const shown = rows.filter(([, value]) => value !== undefined && value !== '')
  return html`<dl>${shown.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

function errorPart({ error, name }: JobRow): Html | undefined {
  if (error === null) return undefined
  const log = error.log ?? []
  return html`<section class="error"><h2>What went wrong</h2><p>${error.message}</p>
${error.hint === undefined ? undefined : html`<p>${error.hint}</p>`}
${log.length === 0 ? undefined : html`<pre>${log.join('\n')}</pre>`}
<p class="quiet">Look inside: <code>${error.shell ?? `amlet job shell ${name}`}</code></p></section>`
}

function section(title: string, content: Html | false | undefined): Html | undefined {
  if (content === undefined || content === false) return undefined
  return html`<section><h2>${title}</h2>${content}</section>`
}

/** Names and values; a value with parts is shown as JSON, a reference by its path. */
function pairs(values: unknown): Html | undefined {
  const entries = Object.entries(asMapping(values))
  if (entries.length === 0) return undefined
  return html`<table><tbody>${entries.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${valueText(value)}</td></tr>`,
  )}</tbody></table>`
}

function outputTable(outputs: readonly ListedOutput[]): Html | undefined {
  if (outputs.length === 0) return undefined
  const hasAssets = outputs.some(({ asset }) => asset !== undefined)
  const rows = outputs.map(
    ({ name, step, type, asset, is_partial, local_path }) => html`<tr>
<th scope="row">${step === undefined ? name : `${step}.${name}`}</th><td class="short">${type}${is_partial ? ' (partial)' : ''}</td>
${hasAssets ? html`<td>${asset}</td>` : undefined}<td><code>${local_path}</code></td></tr>`,
  )
  const assetHead = hasAssets ? html`<th>Asset</th>` : undefined
  return html`<div class="scroll"><table><thead><tr><th>Output</th><th>Type</th>${assetHead}<th>Where</th></tr></thead>
<tbody>${rows}</tbody></table></div>`
}

interface Trial {
  readonly name: string
  readonly status: string
  readonly parameters: unknown
  readonly best: number | null
}

function trialTable(trials: unknown): Html | undefined {
  if (!Array.isArray(trials) || trials.length === 0) return undefined
  const rows = (trials as Trial[]).map(
    ({
      name,
      status,
      parameters,
      best,
    }) => html`<tr><td>${jobLink(name)}</td><td class="short">${statusText(status)}</td>
<td><code>${JSON.stringify(parameters)}</code></td><td>${best}</td></tr>`,
  )
  return html`<div class="scroll"><table><thead><tr><th>Trial</th><th>Status</th><th>Parameters</th><th>Best value</th></tr></thead>
<tbody>${rows}</tbody></table></div>`
}

function logPart({ name }: JobRow, { file, text, isCut }: LogEnd): Html {
  const more = isCut
    ? html`<p class="quiet">The end of it; <a href="${jobPath(name)}/logs/${encodeURI(file)}">the whole log</a>.</p>`
    : undefined
  return html`<section><h2>${file}</h2>${more}<pre>${text}</pre></section>`
}

function preOf(text: unknown): Html | undefined {
  return typeof text === 'string' ? html`<pre>${text}</pre>` : undefined
}
