import { isTerminal, type JobStatus } from './status.ts'

/** A job as its tree sees it. */
export interface TreeJob {
  readonly name: string
  readonly parent: string | null
  readonly step: string
  /** Whether it only holds others; such a job starts and ends with its children. */
  readonly isPipeline: boolean
  readonly needs: readonly string[]
  readonly status: JobStatus
  readonly continueOnStepFailure: boolean
}

/** What follows for a job from a change of another one. The engine turns each into an observation. */
export type FollowUp =
  | { readonly do: 'start'; readonly job: string }
  | { readonly do: 'block'; readonly job: string; readonly reason: string }
  | { readonly do: 'run'; readonly job: string }
  | { readonly do: 'cancel'; readonly job: string; readonly reason: string }
  /** All its children have ended; the first one that failed or, with none, was cancelled. */
  | {
      readonly do: 'finish'
      readonly job: string
      readonly failed: string | null
      readonly canceled: string | null
    }

interface Node {
  readonly job: TreeJob
  status: JobStatus
  readonly readers: string[]
  readonly children: string[]
  /** Needs that have not completed, and children that have not ended. */
  waiting: number
  open: number
  failed: string | null
  canceled: string | null
}

/**
 * The jobs of one root that is not done, with a counter per edge, so that an end costs as much as it has readers.
 * It decides when a job starts, is blocked or ends with its children; it holds no clock and no rows.
 */
export class JobTree {
  readonly #nodes = new Map<string, Node>()

  /** `jobs`: parents before children. Statuses may be anything: this is also how a stored tree is read back. */
  constructor(jobs: readonly TreeJob[]) {
    this.add(jobs)
  }

  /** Adds jobs made later, such as trials. A job they need must be known already or among them. */
  add(jobs: readonly TreeJob[]): void {
    for (const job of jobs) this.#nodes.set(job.name, newNode(job))
    for (const job of jobs) {
      const node = this.#node(job.name)
      for (const need of job.needs) {
        const needed = this.#nodes.get(need)
        if (needed === undefined || needed.status === 'Completed') continue
        needed.readers.push(job.name)
        node.waiting += 1
      }
      const parent = job.parent === null ? undefined : this.#nodes.get(job.parent)
      if (parent === undefined) continue
      parent.children.push(job.name)
      if (!isTerminal(job.status)) parent.open += 1
      else this.#remember(parent, node)
    }
  }

  has(name: string): boolean {
    return this.#nodes.has(name)
  }

  names(): string[] {
    return [...this.#nodes.keys()]
  }

  /** True when something of it must end before it can: a child that is open. */
  hasOpenChildren(name: string): boolean {
    return this.#node(name).open > 0
  }

  /** Jobs not ended below `name`, direct children only. */
  openChildren(name: string): string[] {
    return this.#node(name).children.filter((child) => !isTerminal(this.#node(child).status))
  }

  /** Steps that a job still waits for, by their path. */
  waitsFor(name: string): string[] {
    return this.#node(name)
      .job.needs.map((need) => this.#nodes.get(need))
      .filter((node) => node !== undefined && node.status !== 'Completed')
      .map((node) => node?.job.step ?? '')
  }

  /** What to do first, of jobs that `add` has just brought. */
  begin(names: readonly string[]): FollowUp[] {
    return names.flatMap((name): FollowUp[] => {
      const node = this.#node(name)
      if (isTerminal(node.status)) return []
      if (node.job.isPipeline) return node.open === 0 ? [this.#finish(node)] : []
      return node.waiting === 0 ? [{ do: 'start', job: name }] : this.#blockedBy(node)
    })
  }

  /** Takes note of a job's new status and says what follows for others. */
  changed(name: string, status: JobStatus): FollowUp[] {
    const node = this.#node(name)
    const before = node.status
    node.status = status
    if (before === status || isTerminal(before)) return []
    if (isTerminal(status)) return this.#ended(node)
    if (status === 'CancelRequested') {
      const reason = 'the job it belongs to was cancelled'
      return this.openChildren(name).map((job) => ({ do: 'cancel', job, reason }))
    }
    return before === 'NotStarted' ? this.#started(node) : []
  }

  #started(node: Node): FollowUp[] {
    const parent = this.#parent(node)
    const isNews =
      parent?.job.isPipeline && (parent.status === 'NotStarted' || parent.status === 'Preparing')
    return parent && isNews ? [{ do: 'run', job: parent.job.name }] : []
  }

  #ended(node: Node): FollowUp[] {
    const found: FollowUp[] = []
    for (const name of node.readers) {
      const reader = this.#node(name)
      if (isTerminal(reader.status)) continue
      if (node.status !== 'Completed') found.push(block(reader, node))
      else if (--reader.waiting === 0 && reader.status === 'NotStarted')
        found.push({ do: 'start', job: name })
    }
    const parent = this.#parent(node)
    if (parent === undefined) return found
    parent.open -= 1
    this.#remember(parent, node)
    if (!parent.job.isPipeline) return found
    if (parent.open === 0) return [...found, this.#finish(parent)]
    return node.status === 'Failed' ? [...found, ...this.#stopOthers(parent, node)] : found
  }

  #stopOthers(parent: Node, failed: Node): FollowUp[] {
    if (parent.job.continueOnStepFailure) return []
    const reason = `${failed.job.step} failed and continue_on_step_failure is false`
    return this.openChildren(parent.job.name).map((job) => ({ do: 'cancel', job, reason }))
  }

  #remember(parent: Node, child: Node): void {
    if (child.status === 'Failed') parent.failed ??= child.job.name
    if (child.status === 'Canceled') parent.canceled ??= child.job.name
  }

  #finish(node: Node): FollowUp {
    const { failed, canceled } = node
    return { do: 'finish', job: node.job.name, failed, canceled }
  }

  #blockedBy(node: Node): FollowUp[] {
    const needs = node.job.needs.map((need) => this.#nodes.get(need))
    const ended = needs.find(
      (need) => need && isTerminal(need.status) && need.status !== 'Completed',
    )
    return ended === undefined ? [] : [block(node, ended)]
  }

  #parent({ job }: Node): Node | undefined {
    return job.parent === null ? undefined : this.#nodes.get(job.parent)
  }

  #node(name: string): Node {
    const node = this.#nodes.get(name)
    if (node === undefined) throw new Error(`job ${name} is not in this tree`)
    return node
  }
}

const newNode = (job: TreeJob): Node => ({
  job,
  status: job.status,
  readers: [],
  children: [],
  waiting: 0,
  open: 0,
  failed: null,
  canceled: null,
})

function block(reader: Node, ended: Node): FollowUp {
  const how = ended.status === 'Failed' ? 'failed' : 'was cancelled'
  return { do: 'block', job: reader.job.name, reason: `not run: ${ended.job.step} ${how}` }
}
