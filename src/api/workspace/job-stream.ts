import path from 'node:path'
import { isTerminal } from '../../core/lifecycle/status.ts'
import type { StreamEvent } from '../../core/wire.ts'
import type { Trouble } from '../../engine/loop.ts'
import { type JobRow, jobsChangedSince, lastChangeId, listDescendants } from '../../store/jobs.ts'
import { Pauses } from '../changes.ts'
import { NdjsonAnswer, type Route, route } from '../route.ts'
import type { Services } from '../services.ts'
import { findJob } from './find-job.ts'
import { runDirOf } from './job-files.ts'
import { stepBelow, toBriefView, toSummary } from './job-view.ts'
import { LogTail } from './log-tail.ts'
import { troubleText } from './server.ts'
import { toWholeView } from './step-view.ts'
import { StreamCursor } from './stream-cursor.ts'

/** The stream of one job. */
export function jobStreamRoutes(services: Services): Route[] {
  return [
    route({
      method: 'GET',
      path: '/jobs/{name}/stream',
      summary:
        'Statuses and log lines of a job and all below it as they come, one JSON value a line, until the job has ended',
      query: {
        cursor: { type: 'string', doc: 'Of the last log event seen: goes on behind it' },
        step: { type: 'strings', doc: 'Only logs of these children, by their dotted path' },
        all_files: {
          type: 'boolean',
          doc: 'Every log file of a job, not its standard output alone',
        },
        brief: {
          type: 'boolean',
          doc: 'The job as it ended comes with name, status, error and services alone',
        },
      },
      handler: ({ params, query, signal }) => {
        const { name } = findJob(services.db, params['name'] ?? '')
        const { cursor, step, all_files: allFiles = false, brief: isBrief = false } = query
        const options = { cursor, steps: step, allFiles, isBrief }
        return new NdjsonAnswer(new JobStream(services, name, { options, signal }).events())
      },
    }),
  ]
}

/** So much text is sent at once at most. */
const BATCH_CHARACTERS = 256 * 1024

async function* inBatches(
  events: AsyncIterable<StreamEvent>,
): AsyncGenerator<readonly StreamEvent[]> {
  let batch: StreamEvent[] = []
  let length = 0
  for await (const event of events) {
    batch.push(event)
    length += event.type === 'log' ? event.text.length : 0
    if (length < BATCH_CHARACTERS) continue
    yield batch
    batch = []
    length = 0
  }
  if (batch.length > 0) yield batch
}

interface StreamOptions {
  readonly cursor: string | undefined
  readonly steps: readonly string[] | undefined
  readonly allFiles: boolean
  readonly isBrief: boolean
}

/** Follows one job: what has changed since the last look, then waits for the next change or the next line. */
class JobStream {
  readonly #services: Services
  readonly #name: string
  readonly #options: StreamOptions
  readonly #signal: AbortSignal
  /** Every job of the tree as it was last seen. */
  readonly #jobs = new Map<string, JobRow>()
  readonly #tails = new Map<string, LogTail>()
  /** Jobs that may have lines to read: a wide pipeline is not looked through at every change. */
  readonly #unread = new Set<string>()
  /** Jobs of which it was told that they have begun. */
  readonly #begun = new Set<string>()
  /** Jobs that have ended and are not read to their ends. */
  readonly #unsettled = new Set<string>()
  readonly #cursor: StreamCursor
  #lastChange = 0
  #trouble: Trouble | undefined
  readonly #pauses: Pauses

  constructor(
    services: Services,
    name: string,
    { options, signal }: { readonly options: StreamOptions; readonly signal: AbortSignal },
  ) {
    this.#services = services
    this.#name = name
    this.#options = options
    this.#signal = signal
    this.#pauses = new Pauses(services.changes, signal)
    this.#cursor = new StreamCursor(options.cursor)
  }

  /** What there is to tell at each look, together. */
  async *events(): AsyncGenerator<readonly StreamEvent[]> {
    const { db } = this.#services
    try {
      for (;;) {
        const changed = this.#pauses.next()
        yield* inBatches(this.#look())
        yield* this.#newTrouble()
        const root = this.#jobs.get(this.#name)
        if (root !== undefined && isTerminal(root.status)) {
          const view = this.#options.isBrief ? toBriefView : toWholeView
          yield [{ type: 'end', job: view(this.#services, findJob(db, root.name)) }]
          return
        }
        if (this.#signal.aborted) return
        await changed
      }
    } finally {
      this.#pauses.wake()
      for (const tail of this.#tails.values()) tail.close()
    }
  }

  /** Without a word nobody would know why nothing happens. */
  *#newTrouble(): Generator<readonly StreamEvent[]> {
    const { engine, info } = this.#services
    const { trouble } = engine
    if (trouble === this.#trouble) return
    this.#trouble = trouble
    const text = trouble ? troubleText(trouble, info.home) : 'the database can be written again'
    yield [{ type: 'note', text }]
  }

  async *#look(): AsyncGenerator<StreamEvent> {
    yield* this.#changedJobs()
    yield* this.#newLinesOfAll()
  }

  /** All jobs of the tree at first, then those that have changed. */
  async *#changedJobs(): AsyncGenerator<StreamEvent> {
    const { db } = this.#services
    if (this.#jobs.size === 0) {
      const root = findJob(db, this.#name)
      // Changes while the tree is read come again: better twice than never.
      this.#lastChange = lastChangeId(db)
      const jobs = [root, ...listDescendants(db, root.name)]
      const events = jobs.map((job) => this.#take(job))
      for (const [i, job] of jobs.entries()) {
        // Read, but not closed: a cursor closes jobs in the order of their changes.
        if (isTerminal(job.status) && this.#unread.has(job.name)) yield* this.#linesOf(job)
        if (events[i] !== undefined) yield events[i]
      }
      return
    }
    for (;;) {
      const changed = jobsChangedSince(db, this.#lastChange)
      if (changed.length === 0) return
      for (const job of changed) {
        this.#lastChange = job.changeId
        if (!this.#isBelow(job)) continue
        const event = this.#take(job)
        // What it wrote comes before the word that it has ended.
        if (isTerminal(job.status)) yield* this.#newLines(job)
        yield event
      }
    }
  }

  #isBelow({ name, parent }: JobRow): boolean {
    return this.#jobs.has(name) || (parent !== null && this.#jobs.has(parent))
  }

  #take(job: JobRow): StreamEvent {
    const isNew = !this.#jobs.has(job.name)
    this.#jobs.set(job.name, job)
    if (!isNew || !this.#cursor.hasRead(job)) this.#expectLines(job)
    if (job.status !== 'NotStarted' && !isTerminal(job.status)) this.#begun.add(job.name)
    return this.#eventOf(job)
  }

  #eventOf(job: JobRow): StreamEvent {
    const { changeId: id, name } = job
    return { type: 'job', id, name, job: toSummary(job, this.#jobs.get(this.#name)) }
  }

  #expectLines({ name, status }: JobRow): void {
    this.#unread.add(name)
    if (isTerminal(status) && !this.#tails.get(name)?.isDone) this.#unsettled.add(name)
  }

  /** In the order of their last changes, so that a cursor can say by one number which ended jobs are read. */
  async *#newLinesOfAll(): AsyncGenerator<StreamEvent> {
    const jobs = [...this.#unread].flatMap((name) => this.#jobs.get(name) ?? [])
    this.#unread.clear()
    for (const job of jobs.sort((a, b) => a.changeId - b.changeId)) yield* this.#newLines(job)
  }

  async *#newLines(job: JobRow): AsyncGenerator<StreamEvent> {
    this.#unread.delete(job.name)
    yield* this.#linesOf(job)
    if (!isTerminal(job.status)) return
    this.#unsettled.delete(job.name)
    this.#cursor.close(job.name)
  }

  async *#linesOf(job: JobRow): AsyncGenerator<StreamEvent> {
    const step = stepBelow(job, this.#jobs.get(this.#name))
    if (!this.#isWanted(step)) return
    const tail = this.#tailOf(job)
    if (tail === undefined) return
    for await (const { file, text } of tail.read()) {
      // One that began and ended between two looks, or before the first, has a beginning all the same.
      if (!this.#begun.has(job.name)) yield this.#eventOf(asBegun(job))
      this.#begun.add(job.name)
      yield { type: 'log', cursor: this.#position(), name: job.name, step, file, text }
    }
    if (isTerminal(job.status)) tail.finish()
  }

  #isWanted(step: string): boolean {
    const { steps } = this.#options
    return (
      steps === undefined ||
      steps.some((wanted) => step === wanted || step.startsWith(`${wanted}.`))
    )
  }

  /** A job that is tried again goes on in a new run folder; a reused one has its lines at its original. */
  #tailOf(job: JobRow): LogTail | undefined {
    const runDir = job.reusedFrom === null ? runDirOf(this.#services, job) : undefined
    if (runDir === undefined || job.status === 'Queued') return undefined
    const known = this.#tails.get(job.name)
    if (known?.runDir === runDir) return known
    known?.close()
    const tail = new LogTail(this.#services.logs, {
      job: job.name,
      runDir,
      allFiles: this.#options.allFiles,
      offsets: this.#cursor.offsetsOf(job.name, path.basename(runDir)),
      isOver: isTerminal(job.status),
      onChange: () => {
        this.#unread.add(job.name)
        this.#pauses.wake()
      },
    })
    this.#tails.set(job.name, tail)
    return tail
  }

  #position(): string {
    const unsettled = [...this.#unsettled].map((name) => this.#jobs.get(name)?.changeId ?? 0)
    return this.#cursor.print(Math.min(this.#lastChange, ...unsettled.map((id) => id - 1)))
  }
}

const asBegun = (job: JobRow): JobRow => ({
  ...job,
  status: 'Running',
  reason: null,
  endedMs: null,
  error: null,
  sinceMs: job.startedMs ?? job.sinceMs,
})
