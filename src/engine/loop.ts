import { AmletError } from '../core/errors.ts'
import { isPassing } from './passing.ts'
import { Turn, type World } from './turn.ts'

type Work = (turn: Turn) => void

/** `soon` may wait for company to share a commit; `with the next` waits for it however long that takes. */
export type Urgency = 'now' | 'soon' | 'with the next'

/** How long news that nobody waits for may wait for other news, to share a commit. */
const LAZY_MS = 200
/** How long to wait after the database refused a turn: a full disk, a lock held elsewhere. */
const RETRY_MS = 500

/** Why nothing can be recorded, and since when. */
export interface Trouble {
  readonly message: string
  readonly sinceMs: number
}

/**
 * The single writer: everything that happens in one moment is one transaction. A turn that cannot be committed
 * leaves no trace in memory; its work waits and is done again.
 */
export class Loop {
  readonly #world: World
  readonly #committed: (turn: Turn) => void
  #queue: Work[] = []
  #soon: NodeJS.Immediate | undefined
  #later: NodeJS.Timeout | undefined
  #isStopped = false
  /** A turn failed: memory no longer says what the tables say. */
  #isStale = false
  #trouble: Trouble | undefined
  readonly #troubled: () => void

  /** `troubled` is called when the database refuses to be written, and when it takes turns again. */
  constructor(world: World, committed: (turn: Turn) => void, troubled: () => void) {
    this.#world = world
    this.#committed = committed
    this.#troubled = troubled
  }

  /** While it lasts every job stands still, and what happened meanwhile waits. */
  get trouble(): Trouble | undefined {
    return this.#trouble
  }

  /** Does `work` in a coming turn. Order is kept. */
  enqueue(work: Work, urgency: Urgency): void {
    if (this.#isStopped) return
    this.#queue.push(work)
    if (urgency === 'with the next') return
    if (urgency === 'now') this.#soon ??= setImmediate(() => this.#flush())
    else this.#later ??= setTimeout(() => this.#flush(), LAZY_MS)
  }

  /**
   * Does `work` at once, in a turn of its own. What it throws is thrown here, and nothing of it has happened.
   *
   * @throws AmletError `StorageFailure` when the database cannot be written now.
   */
  now(work: Work): void {
    try {
      this.#turn([work])
    } catch (error) {
      throw isPassing(error) ? storageFailure(error) : error
    }
  }

  stop(): void {
    this.#flush()
    this.#isStopped = true
    this.#unschedule()
    this.#queue = []
  }

  #unschedule(): void {
    clearImmediate(this.#soon)
    clearTimeout(this.#later)
    this.#soon = undefined
    this.#later = undefined
  }

  #flush(): void {
    this.#unschedule()
    const works = this.#queue
    if (works.length === 0) return
    this.#queue = []
    try {
      this.#turn(works)
      this.#setTrouble(undefined)
    } catch (error) {
      // Said once: a disk that is full has no room for the same words twice a second.
      if (this.#trouble === undefined)
        this.#world.deps.logError('a turn of the engine could not be written', error)
      this.#queue = [...(isPassing(error) ? works : []), ...this.#queue]
      if (isPassing(error)) this.#setTrouble(error)
      else this.#oneByOne(works)
      this.#later = setTimeout(() => this.#flush(), RETRY_MS)
    }
  }

  #setTrouble(error: unknown): void {
    const isOver = error === undefined
    if (isOver === (this.#trouble === undefined)) return
    const message = error instanceof Error ? error.message : String(error)
    this.#trouble = isOver ? undefined : { message, sinceMs: this.#world.deps.now() }
    this.#troubled()
  }

  /** Keeps one piece of work that fails for good from holding up the others. */
  #oneByOne(works: readonly Work[]): void {
    for (const work of works) {
      try {
        this.#turn([work])
      } catch (error) {
        this.#world.deps.logError('work of the engine failed and was left out', error)
      }
    }
  }

  #turn(works: readonly Work[]): void {
    const { deps, live } = this.#world
    if (this.#isStale) live.load(deps.db)
    this.#isStale = false
    const turn = new Turn(this.#world)
    try {
      deps.db.transaction(() => {
        for (const work of works) {
          work(turn)
          turn.settle()
        }
        deps.checkpoint?.('before commit')
      })
    } catch (error) {
      this.#isStale = true
      throw error
    }
    deps.checkpoint?.('after commit')
    this.#afterCommit(turn)
  }

  /** It is written: whatever a listener does now, this turn is not to be done again. */
  #afterCommit(turn: Turn): void {
    try {
      this.#committed(turn)
    } catch (error) {
      this.#world.deps.logError('what follows a turn failed', error)
    }
  }
}

const storageFailure = (cause: unknown) =>
  new AmletError(
    {
      code: 'StorageFailure',
      message: `the database cannot be written: ${cause instanceof Error ? cause.message : cause}`,
      hint: 'see that the disk of AMLET_HOME has room and that no other program holds the database',
    },
    [],
    { cause },
  )
