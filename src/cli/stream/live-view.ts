import { clip, widthOf } from '../../core/text-width.ts'
import type { JobSummary } from '../../core/wire.ts'
import type { Transcript } from './transcript.ts'
import { drawTree } from './tree.ts'
import type { FollowedEvent, View } from './view.ts'

const REDRAW_MS = 80
/** Memory for the transcript that is printed at the end; what is older is on the server. */
const MAX_KEPT = 4 * 1024 * 1024

interface LiveOptions {
  readonly isColoured: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * A live picture at the bottom of a terminal: the tree of jobs, below it the last lines of their logs. It is drawn over
 * itself, and gives way to the plain transcript when the job has ended.
 */
export class LiveView implements View {
  readonly #transcript: Transcript
  readonly #sink: NodeJS.WriteStream
  readonly #options: LiveOptions
  readonly #jobs = new Map<string, JobSummary>()
  #kept = ''
  #isCut = false
  /** Lines on the screen that the next picture replaces. */
  #drawn: readonly string[] = []
  #pending: NodeJS.Timeout | undefined
  #clock: NodeJS.Timeout | undefined
  readonly #onResize = () => this.#draw()

  constructor(transcript: Transcript, sink: NodeJS.WriteStream, options: LiveOptions) {
    this.#transcript = transcript
    this.#sink = sink
    this.#options = options
  }

  start(): void {
    this.#keep(this.#transcript.start())
    this.#sink.on('resize', this.#onResize)
    this.#clock = setInterval(() => this.#draw(), 1000)
  }

  take(event: FollowedEvent): void {
    if (event.type === 'job') this.#jobs.set(event.name, event.job)
    this.#keep(this.#transcript.take(event))
    this.#pending ??= setTimeout(() => this.#draw(), REDRAW_MS)
  }

  end(): void {
    this.#keep(this.#transcript.end())
    this.#finish()
    const cut = this.#isCut ? '… earlier lines: amlet job stream\n' : ''
    this.#sink.write(this.#eraser() + cut + this.#kept)
  }

  stop(): void {
    this.#keep(this.#transcript.flush({ all: true }))
    this.#draw()
    this.#finish()
    this.#sink.write('\n')
  }

  #finish(): void {
    clearTimeout(this.#pending)
    clearInterval(this.#clock)
    this.#sink.removeListener('resize', this.#onResize)
  }

  #keep(text: string): void {
    this.#kept += text
    if (this.#kept.length <= MAX_KEPT) return
    this.#kept = this.#kept.slice(this.#kept.indexOf('\n', MAX_KEPT / 4) + 1)
    this.#isCut = true
  }

  #draw(): void {
    clearTimeout(this.#pending)
    this.#pending = undefined
    const lines = this.#picture()
    // The cursor stays at the end of the last line, so that a picture as high as the screen does not scroll.
    this.#sink.write(this.#eraser() + lines.join('\n'))
    this.#drawn = lines
  }

  #picture(): string[] {
    const { columns = 80, rows = 24 } = this.#sink
    const { isColoured, env } = this.#options
    const room = Math.max(2, rows - 1)
    const isUnicode = /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '')
    const tree = drawTree([...this.#jobs.values()], {
      nowMs: Date.now(),
      columns: columns - 1,
      rows: Math.max(1, Math.floor(room * 0.6)),
      isColoured,
      isUnicode,
    })
    const tail = this.#tail(room - tree.length - 1, columns - 1)
    return tail.length === 0
      ? tree
      : [...tree, (isUnicode ? '─' : '-').repeat(columns - 1), ...tail]
  }

  #tail(count: number, columns: number): string[] {
    if (count < 1) return []
    const lines = this.#kept.slice(-count * 400 - 4000).split('\n')
    const last = lines.at(-1) === '' ? lines.slice(0, -1) : lines
    return [...last, ...this.#transcript.unfinished]
      .slice(-count)
      .map((line) => clip(visible(line), columns))
  }

  /** Goes up to where the last picture began and clears from there. A narrower screen has wrapped its lines. */
  #eraser(): string {
    const { columns = 80 } = this.#sink
    if (this.#drawn.length === 0) return ''
    const heights = this.#drawn.map((line) => Math.max(1, Math.ceil(plainLength(line) / columns)))
    const up = heights.reduce((sum, height) => sum + height, 0) - 1
    return `\r${up > 0 ? `\u001b[${up}A` : ''}\u001b[J`
  }
}

const ESCAPES = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b[@-_]/g

/** A line of a log as one line of the screen: the last state of a progress bar, no cursor control. */
function visible(line: string): string {
  const shown = line.replace(/\r$/, '').split('\r').at(-1) ?? ''
  return shown
    .replace(ESCAPES, '')
    .replaceAll('\t', '    ')
    .replace(/[\u0000-\u001f\u007f]/g, '')
}

function plainLength(line: string): number {
  return widthOf(line.replace(ESCAPES, ''))
}
