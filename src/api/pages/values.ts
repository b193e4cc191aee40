import { parseReference } from '../../core/refs/parse.ts'
import { printReference } from '../../core/refs/print.ts'

/** A value of an entity for a person: a reference by its path, an asset by name and version, the rest as JSON. */
export function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const { path, type } = value as { readonly path?: unknown; readonly type?: unknown }
  if (typeof path !== 'string') return JSON.stringify(value)
  return `${shortId(path)}${type ? ` (${type})` : ''}`
}

/** `azureml:taxi:7` for the full id of a version of an asset; anything else as it is. */
function shortId(path: string): string {
  const ref = parseReference(path, { kind: 'input' })
  if (ref.type !== 'arm') return path
  return printReference({ ...ref, type: 'asset' })
}

interface Progress {
  readonly total: number
  readonly done: number
  readonly failed: number
  readonly retried: number
  readonly rate_per_second: number
  readonly seconds_left: number | null
}

/** How far a parallel job has come, as its log says it. */
export function progressText(progress: unknown): string | undefined {
  if (progress === undefined) return undefined
  const { total, done, failed, retried, rate_per_second, seconds_left } = progress as Progress
  const isOver = done >= total || seconds_left === null
  const left = isOver ? '' : `, about ${Math.round(seconds_left)} s left`
  return `${done} of ${total} mini-batches, ${failed} failed, ${retried} retried, ${rate_per_second}/s${left}`
}
