import type { JobSummary } from '../../core/wire.ts'
import { isEnded } from './statuses.ts'
import type { FollowedEvent } from './view.ts'

interface TranscriptOptions {
  readonly name: string
  readonly page: string | undefined
  /** Several files of a job may come: lines of children say which. */
  readonly allFiles: boolean
  readonly isColoured: boolean
}

type LogEvent = Extract<FollowedEvent, { readonly type: 'log' }>

const PIPELINE_LOG = 'logs/azureml/executionlogs.txt'
const COLOURS = [36, 32, 33, 35, 34, 96, 92, 93, 95, 94]

/**
 * The text of a followed job, line for line as Azure's client prints it: heading, each file under its name, summary.
 * Lines of children carry the path of the child in front.
 */
export class Transcript {
  readonly #options: TranscriptOptions
  /** Text of lines that have no end yet, by the child and file they belong to. */
  readonly #held = new Map<string, string>()
  readonly #headed = new Set<string>()
  readonly #started = new Set<string>()
  readonly #ended = new Set<string>()
  readonly #colours = new Map<string, number>()
  #isAtLineStart = true
  /** The child whose unfinished line stands at the end of the text. */
  #open = ''

  constructor(options: TranscriptOptions) {
    this.#options = options
  }

  /** Something is held back that `flush` would give. */
  get isHolding(): boolean {
    return [...this.#held.values()].some((text) => !isProgress(text))
  }

  /** Lines of children that have no end yet, as a terminal would show them now. */
  get unfinished(): string[] {
    return [...this.#held].map(([prefix, text]) => prefix + lastState(text))
  }

  start(): string {
    return `${this.#heading()}\n`
  }

  take(event: FollowedEvent): string {
    if (event.type === 'note') return this.#put('', `WARNING: ${event.text}\n`)
    return event.type === 'log' ? this.#log(event) : this.#job(event.job)
  }

  /** What is held back of unfinished lines; progress bars, which rewrite theirs, only with `all`. */
  flush({ all = false } = {}): string {
    const given = [...this.#held].filter(([, text]) => all || !isProgress(text))
    for (const [prefix] of given) this.#held.delete(prefix)
    return given.map(([prefix, text]) => this.#put(prefix, lastState(text))).join('')
  }

  end(): string {
    const rest = this.flush({ all: true })
    const gap = this.#isAtLineStart ? '\n' : '\n\n'
    return `${rest}${gap}Execution Summary\n=================\n${this.#heading()}\n`
  }

  #heading(): string {
    const { name, page } = this.#options
    return `RunId: ${name}\n${page === undefined ? '' : `Web View: ${page}\n`}`
  }

  #log({ step, file, text }: LogEvent): string {
    if (step === '') return this.#fileHeading(file) + this.#put('', text)
    const prefix = this.#prefix(step, file)
    const whole = (this.#held.get(prefix) ?? '') + text
    const end = whole.lastIndexOf('\n') + 1
    this.#held.delete(prefix)
    if (end < whole.length) this.#held.set(prefix, whole.slice(end))
    return end === 0 ? '' : this.#put(prefix, lastStates(whole.slice(0, end)))
  }

  /** Children as the pipeline's own log of Azure tells of them. */
  #job(job: JobSummary): string {
    if (job.step === '') return ''
    const hasStarted = job.status !== 'NotStarted' && !(isEnded(job.status) && neverRan(job))
    const started = hasStarted && add(this.#started, job.name)
    const ended = isEnded(job.status) && add(this.#ended, job.name)
    const at = stamp(job.since_ms)
    const lines = [
      started ? `[${at}] Submitting 1 runs, first five are: ${nodeId(job.name)}:${job.name}\n` : '',
      ended ? `[${at}] Completing processing run id ${job.name}${ending(job)}.\n` : '',
    ].join('')
    return lines === '' ? '' : this.#fileHeading(PIPELINE_LOG) + this.#put('', lines)
  }

  #fileHeading(file: string): string {
    if (!add(this.#headed, file)) return ''
    const before = this.#isAtLineStart ? '' : '\n'
    this.#isAtLineStart = true
    this.#open = ''
    const gap = this.#headed.size === 1 ? '' : '\n'
    return `${before}${gap}Streaming ${file}\n${'='.repeat(file.length + 10)}\n\n`
  }

  /** Lines behind a prefix; an unfinished line of somebody else is ended first. */
  #put(prefix: string, text: string): string {
    if (text === '') return ''
    const isOther = !this.#isAtLineStart && this.#open !== prefix
    const goesOn = !this.#isAtLineStart && !isOther
    const body = prefix === '' ? text : withPrefix(prefix, text, goesOn)
    this.#isAtLineStart = text.endsWith('\n')
    this.#open = this.#isAtLineStart ? '' : prefix
    return (isOther ? '\n' : '') + body
  }

  #prefix(step: string, file: string): string {
    const label = this.#options.allFiles ? `${step}/${file}` : step
    if (!this.#options.isColoured) return `${label} │ `
    const colour = this.#colours.get(step) ?? COLOURS[this.#colours.size % COLOURS.length] ?? 36
    this.#colours.set(step, colour)
    return `\u001b[${colour}m${label} │\u001b[0m `
  }
}

const isProgress = (text: string): boolean => text.includes('\r')

/** Of a line that was rewritten over and over, what it was in the end. */
function lastState(line: string): string {
  const states = line.split('\r')
  return states.findLast((state) => state !== '') ?? ''
}

function lastStates(lines: string): string {
  return isProgress(lines) ? lines.split('\n').map(lastState).join('\n') : lines
}

function withPrefix(prefix: string, text: string, goesOn: boolean): string {
  const lines = text.split('\n')
  const last = lines.at(-1) === '' ? lines.length - 1 : lines.length
  const shown = lines.slice(0, last).map((line, i) => (goesOn && i === 0 ? line : prefix + line))
  return shown.join('\n') + (last < lines.length ? '\n' : '')
}

/** True when the value was not there before. */
function add(set: Set<string>, value: string): boolean {
  const { size } = set
  set.add(value)
  return set.size > size
}

function stamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`
}

/** Eight hexadecimal digits for a child, the same each time. */
function nodeId(name: string): string {
  let hash = 0x811c9dc5
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

function neverRan({ started_ms: startedMs, reused_from: original }: JobSummary): boolean {
  return startedMs === null && original === null
}

function ending({ status, reason, reused_from: original }: JobSummary): string {
  if (original !== null) return `, reused from ${original}`
  if (status === 'Completed') return ''
  return ` with status ${status}${reason === null ? '' : `: ${reason}`}`
}
