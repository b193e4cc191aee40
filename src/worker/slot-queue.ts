import type { Pool, Slots } from './protocol.ts'

interface Asked {
  readonly slots: Slots
  readonly pool?: Pool | undefined
}

interface Waiting extends Asked {
  readonly id: string
  isReady: boolean
}

interface Held extends Asked {
  readonly gpuIds: readonly number[]
}

export interface Granted {
  readonly id: string
  readonly gpuIds: readonly number[]
}

const NOTHING: Slots = { cpus: 0, gpus: 0, memoryBytes: 0 }

/**
 * The slots of this machine, given out in the order of asking. A pool is a share of it.
 *
 * One that does not fit keeps its share reserved: those behind it start only with what is left over, so
 * that many small ones never starve a large one, and a queue for GPUs does not hold up the CPUs. One that its
 * pool has no room for reserves its share of the pool alone: nobody outside waits for it.
 */
export class SlotQueue {
  #total: Slots
  readonly #waiting = new Map<string, Waiting>()
  readonly #held = new Map<string, Held>()
  #used: Slots = NOTHING
  readonly #usedOfPools = new Map<string, Slots>()

  constructor(total: Slots) {
    this.#total = total
  }

  resize(total: Slots): void {
    this.#total = total
  }

  /** What makes this impossible on this machine, or undefined when it fits one day. */
  refusal({ slots, pool }: Asked): string | undefined {
    return (
      refusalOf(slots, this.#total, 'this machine') ??
      (pool && refusalOf(slots, this.#totalOf(pool), `compute ${pool.name}`))
    )
  }

  /** Takes a place in the queue; `take` passes over it until `markReady`. */
  add(id: string, asked: Asked): void {
    this.#waiting.set(id, { id, slots: asked.slots, pool: asked.pool, isReady: false })
  }

  markReady(id: string): void {
    const waiting = this.#waiting.get(id)
    if (waiting) waiting.isReady = true
  }

  /** Counts slots that are in use already, whether they fit or not. */
  hold(id: string, { slots, pool }: Asked, gpuIds: readonly number[]): void {
    this.release(id)
    this.#held.set(id, { slots, pool, gpuIds })
    this.#count({ slots, pool }, 1)
  }

  /** Gives back what `id` holds, or its place in the queue. */
  release(id: string): void {
    this.#waiting.delete(id)
    const held = this.#held.get(id)
    if (held === undefined) return
    this.#held.delete(id)
    this.#count(held, -1)
  }

  /** Those that may start now, in order; they hold their slots from here on. */
  take(): Granted[] {
    const granted: Granted[] = []
    let free = sum(this.#total, this.#used, -1)
    const freeOfPools = new Map<string, Slots>()
    for (const { id, slots, pool, isReady } of this.#waiting.values()) {
      if (free.cpus <= 0) break
      if (!isReady) continue
      if (pool !== undefined) {
        const left = freeOfPools.get(pool.name) ?? this.#freeOf(pool)
        freeOfPools.set(pool.name, sum(left, slots, -1))
        if (!fits(slots, left)) continue
      }
      const starts = fits(slots, free)
      free = sum(free, slots, -1)
      if (!starts) continue
      const gpuIds = slots.gpus === 0 ? [] : this.#freeGpuIds().slice(0, slots.gpus)
      this.#waiting.delete(id)
      this.hold(id, { slots, pool }, gpuIds)
      granted.push({ id, gpuIds })
    }
    return granted
  }

  /** Why something that asks for this waits. */
  reason({ slots, pool }: Asked): string {
    const machine = inUse(slots, this.#total, this.#used)
    if (machine.length > 0)
      return `waits for slots of this machine: ${machine.join(', ')} are in use`
    if (pool === undefined) return FIRST_COME
    const used = this.#usedOfPools.get(pool.name) ?? NOTHING
    const share = inUse(slots, this.#totalOf(pool), used)
    if (share.length === 0) return FIRST_COME
    return `waits for slots of compute ${pool.name}: ${share.join(', ')} are in use`
  }

  #count({ slots, pool }: Asked, sign: 1 | -1): void {
    this.#used = sum(this.#used, slots, sign)
    if (pool === undefined) return
    const used = this.#usedOfPools.get(pool.name) ?? NOTHING
    this.#usedOfPools.set(pool.name, sum(used, slots, sign))
  }

  #totalOf({ cpus, gpus, memoryBytes }: Pool): Slots {
    return {
      cpus: cpus ?? this.#total.cpus,
      gpus: gpus ?? this.#total.gpus,
      memoryBytes: memoryBytes ?? this.#total.memoryBytes,
    }
  }

  #freeOf(pool: Pool): Slots {
    return sum(this.#totalOf(pool), this.#usedOfPools.get(pool.name) ?? NOTHING, -1)
  }

  #freeGpuIds(): number[] {
    const taken = new Set([...this.#held.values()].flatMap((held) => held.gpuIds))
    return Array.from({ length: this.#total.gpus }, (_, id) => id).filter((id) => !taken.has(id))
  }
}

const FIRST_COME = 'waits for those that were submitted before it'

function refusalOf(slots: Slots, total: Slots, where: string): string | undefined {
  const { cpus, gpus, memoryBytes } = total
  if (slots.cpus > cpus) return `${slots.cpus} CPUs are asked for and ${where} has ${cpus}`
  if (slots.gpus > gpus) return `${slots.gpus} GPUs are asked for and ${where} has ${gpus}`
  if (slots.memoryBytes > memoryBytes)
    return `${gib(slots.memoryBytes)} of memory are asked for and ${where} has ${gib(memoryBytes)}`
  return undefined
}

/** What of `slots` is not to be had now, as words. */
function inUse(slots: Slots, total: Slots, used: Slots): string[] {
  const parts: string[] = []
  if (slots.cpus > total.cpus - used.cpus) parts.push(`${used.cpus} of ${total.cpus} CPUs`)
  if (slots.gpus > total.gpus - used.gpus) parts.push(`${used.gpus} of ${total.gpus} GPUs`)
  if (slots.memoryBytes > total.memoryBytes - used.memoryBytes)
    parts.push(`${gib(used.memoryBytes)} of ${gib(total.memoryBytes)} of memory`)
  return parts
}

function fits(slots: Slots, free: Slots): boolean {
  const enough = (asked: number, left: number) => asked === 0 || asked <= left
  return (
    enough(slots.cpus, free.cpus) &&
    enough(slots.gpus, free.gpus) &&
    enough(slots.memoryBytes, free.memoryBytes)
  )
}

function sum(a: Slots, b: Slots, sign: 1 | -1): Slots {
  return {
    cpus: thousandths(a.cpus + sign * b.cpus),
    gpus: a.gpus + sign * b.gpus,
    memoryBytes: a.memoryBytes + sign * b.memoryBytes,
  }
}

/** Kubernetes counts CPUs in thousandths; floats alone would lose one on the way. */
const thousandths = (cpus: number) => Math.round(cpus * 1000) / 1000

function gib(bytes: number): string {
  return `${Math.round((bytes / 2 ** 30) * 10) / 10} GiB`
}
