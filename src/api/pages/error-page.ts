import type { ServerResponse } from 'node:http'
import type { Diagnostic } from '../../core/errors.ts'
import { type Html, html } from './html.ts'
import { PAGE_HEADERS, renderPage } from './layout.ts'

/** Sends what a person sees where a program gets an error body. */
export function sendErrorPage(
  response: ServerResponse,
  status: number,
  problems: readonly Diagnostic[],
): void {
  const isStranger = problems[0]?.code === 'Unauthorized'
  const title = isStranger ? 'Not signed in' : 'Not here'
  const parts = problems.map(
    ({ message, hint = '' }) => html`<p>${message}</p><p class="quiet">${withCode(hint)}</p>`,
  )
  response.writeHead(status, { ...PAGE_HEADERS, connection: 'close' })
  const first = isStranger ? html`<p>This browser has not signed in.</p>` : undefined
  response.end(renderPage({ title, body: html`<h1>${title}</h1>${first}${parts}` }))
}

/** What stands between backticks is for a terminal. */
function withCode(text: string): readonly (Html | string)[] {
  return text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))
}
