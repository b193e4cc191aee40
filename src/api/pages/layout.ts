import { createHash } from 'node:crypto'
import { type Html, html } from './html.ts'

const CSS = `
:root{color-scheme:light dark;--line:#8884;--soft:#8882;--ok:#1a7f37;--bad:#cf222e;--busy:#0969da;--idle:#767676}
@media(prefers-color-scheme:dark){:root{--ok:#3fb950;--bad:#ff7b72;--busy:#58a6ff;--idle:#9a9a9a}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:72rem;padding:1rem 1.25rem 4rem}
header{display:flex;gap:1rem;align-items:baseline;border-bottom:1px solid var(--line);padding-bottom:.5rem}
header a{font-weight:600}
h1{font-size:1.4rem;margin:1.25rem 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:1.75rem 0 .5rem}
a{color:var(--busy);text-decoration:none}
a:hover,a:focus{text-decoration:underline}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--soft);overflow-wrap:anywhere}
th{font-weight:600;white-space:nowrap}
th[scope=row]{width:min(18rem,40vw);white-space:normal}
.scroll td{min-width:9rem}
.scroll .short{min-width:0;white-space:nowrap}
.scroll{overflow-x:auto}
code,pre{font:13px/1.45 ui-monospace,monospace}
pre{background:var(--soft);border-radius:6px;padding:.75rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere;margin:.25rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.25rem;margin:.75rem 0}
dt{color:var(--idle)}
dd{margin:0;overflow-wrap:anywhere}
.status{font-weight:600}
.ok{color:var(--ok)}.bad{color:var(--bad)}.busy{color:var(--busy)}.idle{color:var(--idle)}
.error{border-left:3px solid var(--bad);padding-left:1rem}
.quiet{color:var(--idle)}
`

/** Nothing but this style sheet is allowed on a page: no script, no picture, no frame around it. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(CSS).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/** Seconds after which the page of something unfinished is loaded again. */
const REFRESH_SECONDS = 5

export interface Page {
  readonly title: string
  readonly body: Html
  /** It will look different soon. */
  readonly isLive?: boolean
}

/** A whole page. */
export function renderPage({ title, body, isLive = false }: Page): string {
  const refresh = isLive
    ? html`<meta http-equiv="refresh" content="${REFRESH_SECONDS}">`
    : undefined
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
${refresh}<title>${title} · amlet</title>`
  const rest = html`</head><body><header><a href="/jobs">amlet</a><span class="quiet">jobs of this workspace</span></header>
<main>${body}</main></body></html>`
  return `${page.text}<style>${CSS}</style>${rest.text}\n`
}

const KINDS: Readonly<Record<string, string>> = {
  Completed: 'ok',
  Failed: 'bad',
  Canceled: 'idle',
  Running: 'busy',
  Finalizing: 'busy',
}

export function statusText(status: string): Html {
  return html`<span class="status ${KINDS[status] ?? 'idle'}">${status}</span>`
}

/** `1:02:03`, `2:03`, `4.5 s`. */
export function durationText(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`
}

/** `2026-11-26 21:44:40 UTC`. */
export function timeText(atMs: number | null): string {
  return atMs === null ? '' : `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
