import { clip, clipMiddle, padTo, widthOf } from '../../core/text-width.ts'
import type { JobSummary } from '../../core/wire.ts'
import { isEnded } from './statuses.ts'

interface TreeOptions {
  readonly nowMs: number
  readonly columns: number
  /** Lines there is room for. */
  readonly rows: number
  readonly isColoured: boolean
  readonly isUnicode: boolean
}

interface Shapes {
  readonly branch: string
  readonly lastBranch: string
  readonly line: string
  readonly marks: Readonly<Record<string, string>>
  readonly mark: string
  readonly more: string
}

const UNICODE: Shapes = {
  branch: '├─ ',
  lastBranch: '└─ ',
  line: '│  ',
  marks: { Completed: '✓', Failed: '✗', Canceled: '⊘', Running: '●' },
  mark: '○',
  more: '…',
}

const ASCII: Shapes = {
  branch: '|- ',
  lastBranch: '`- ',
  line: '|  ',
  marks: { Completed: '+', Failed: 'x', Canceled: '/', Running: '*' },
  mark: '-',
  more: '...',
}

const COLOURS: Readonly<Record<string, number>> = {
  Completed: 32,
  Failed: 31,
  Canceled: 33,
  Running: 36,
}

interface TreeRow {
  readonly job: JobSummary
  readonly lead: string
}

/** A job and what is below it, one line each: status, time in it, reason. Never wider or higher than there is room. */
export function drawTree(jobs: readonly JobSummary[], options: TreeOptions): string[] {
  const shapes = options.isUnicode ? UNICODE : ASCII
  const rows = layOut(jobs, shapes)
  const { shown, hidden } = choose(rows, options.rows)
  const widest = Math.max(0, ...shown.map((row) => widthOf(labelOf(row))))
  const width = Math.min(widest, Math.max(12, Math.floor(options.columns / 2) - 12))
  const lines = shown.map((row) => drawRow(row, width, { ...options, shapes }))
  if (hidden.length > 0) lines.push(clip(`${shapes.more} ${countHidden(hidden)}`, options.columns))
  return lines
}

/** Parents first, children in the order they came. */
function layOut(jobs: readonly JobSummary[], shapes: Shapes): TreeRow[] {
  const names = new Set(jobs.map((job) => job.name))
  const byParent = Map.groupBy(jobs, ({ parent }) =>
    parent !== null && names.has(parent) ? parent : '',
  )
  const rows: TreeRow[] = []
  const visit = (parent: string, indent: string, depth: number) => {
    const children = byParent.get(parent) ?? []
    for (const [i, job] of children.entries()) {
      const isLast = i === children.length - 1
      const lead = depth === 0 ? '' : indent + (isLast ? shapes.lastBranch : shapes.branch)
      rows.push({ job, lead })
      visit(job.name, depth === 0 ? '' : indent + (isLast ? '   ' : shapes.line), depth + 1)
    }
  }
  visit('', '', 0)
  return rows
}

/** With too little room, what runs or failed stays and what waits or is done goes. */
function choose(rows: readonly TreeRow[], room: number): { shown: TreeRow[]; hidden: TreeRow[] } {
  if (rows.length <= room) return { shown: [...rows], hidden: [] }
  const rank = ({ job }: TreeRow, i: number) => {
    if (i === 0) return 0
    if (job.status === 'Failed') return 1
    return isEnded(job.status) || job.status === 'NotStarted' ? 3 : 2
  }
  const ranked = rows.map((row, i) => ({ row, i, rank: rank(row, i) }))
  ranked.sort((a, b) => a.rank - b.rank || a.i - b.i)
  const kept = new Set(ranked.slice(0, Math.max(1, room - 1)).map(({ row }) => row))
  return {
    shown: rows.filter((row) => kept.has(row)),
    hidden: rows.filter((row) => !kept.has(row)),
  }
}

function countHidden(rows: readonly TreeRow[]): string {
  const byStatus = Map.groupBy(rows, ({ job }) => job.status)
  const counts = [...byStatus].map(([status, { length }]) => `${length} ${status}`)
  return `${rows.length} more: ${counts.join(', ')}`
}

function labelOf(row: TreeRow): string {
  return row.lead + nameOf(row)
}

function nameOf({ job }: TreeRow): string {
  return job.step.split('.').at(-1) || job.display_name || job.name
}

function drawRow(
  row: TreeRow,
  width: number,
  options: TreeOptions & { readonly shapes: Shapes },
): string {
  const { job } = row
  const { shapes, isColoured, columns, nowMs } = options
  const mark = shapes.marks[job.status] ?? shapes.mark
  const name = nameOf(row)
  const label = padTo(clip(row.lead, width) + clipMiddle(name, width - widthOf(row.lead)), width)
  const status = `${mark} ${job.status}`.padEnd(14)
  const time = timeOf(job, nowMs).padStart(7)
  const note = noteOf(job)
  const plain = clip(`${label}  ${status} ${time}  ${note}`.trimEnd(), columns)
  const colour = COLOURS[job.status]
  if (!isColoured || colour === undefined) return plain
  const from = label.length + 2
  const to = from + status.length
  return `${plain.slice(0, from)}\u001b[${colour}m${plain.slice(from, to)}\u001b[0m${plain.slice(to)}`
}

function noteOf({ reason, reused_from: original, status }: JobSummary): string {
  if (original !== null) return `reused from ${original}`
  return reason === null || status === 'Completed' ? '' : reason
}

/** How long it ran; for one that waits, how long it has been waiting. */
function timeOf(job: JobSummary, nowMs: number): string {
  if (job.status === 'NotStarted') return ''
  const from = isEnded(job.status) ? (job.started_ms ?? job.since_ms) : startOf(job)
  const to = isEnded(job.status) ? (job.ended_ms ?? job.since_ms) : nowMs
  return formatDuration(Math.max(0, to - from))
}

function startOf(job: JobSummary): number {
  return job.status === 'Running' ? (job.started_ms ?? job.since_ms) : job.since_ms
}

/** `0:07`, `12:03`, `1:02:03`. */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`
}
