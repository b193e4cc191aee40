import { isTerminal } from '../../core/lifecycle/status.ts'
import { asMapping } from '../../core/mapping.ts'
import type { JobRow } from '../../store/jobs.ts'

type Offsets = Map<string, number>

/**
 * How far a stream has been read. A job that had ended by the change `through` has been read to its end unless it is
 * among the open ones, so that a cursor grows with the jobs at work and not with those that were.
 */
export class StreamCursor {
  readonly #through: number
  /** Byte offsets of jobs that are not read to their ends, by attempt and file. */
  readonly #open: Map<string, Offsets>

  /** Reads what `print` wrote. A cursor that is not ours starts over. */
  constructor(text: string | undefined) {
    const { through, open } = parse(text)
    this.#through = through
    this.#open = open
  }

  /** True for a job whose lines had all been read when the cursor was made. */
  hasRead({ name, status, changeId }: JobRow): boolean {
    return isTerminal(status) && changeId <= this.#through && !this.#open.has(name)
  }

  /** Where the files of an attempt are to be read on; those of an earlier one are forgotten. */
  offsetsOf(job: string, attempt: string): Offsets {
    const offsets = this.#open.get(job) ?? new Map()
    for (const key of offsets.keys())
      if (!key.startsWith(`${attempt}/`) && !key.startsWith(`${job}/`)) offsets.delete(key)
    this.#open.set(job, offsets)
    return offsets
  }

  /** The job has been read to its end. */
  close(job: string): void {
    this.#open.delete(job)
  }

  /** The cursor as text; `through` is the last change by which every ended job is closed or open. */
  print(through: number): string {
    const open = [...this.#open].filter(([, offsets]) => offsets.size > 0)
    const pairs = open.map(([job, offsets]) => [job, Object.fromEntries(offsets)] as const)
    return Buffer.from(JSON.stringify([through, Object.fromEntries(pairs)])).toString('base64url')
  }
}

function parse(text: string | undefined): { through: number; open: Map<string, Offsets> } {
  const nothing = { through: 0, open: new Map<string, Offsets>() }
  if (text === undefined) return nothing
  try {
    const [through, open] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[]
    if (!isCount(through) || typeof open !== 'object' || open === null) return nothing
    return { through, open: new Map(Object.entries(open).map(readOffsets)) }
  } catch {
    return nothing
  }
}

function readOffsets([job, offsets]: [string, unknown]): [string, Offsets] {
  const pairs = Object.entries(asMapping(offsets))
  return [job, new Map(pairs.filter((pair): pair is [string, number] => isCount(pair[1])))]
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0
