import type { Slots } from './protocol.ts'

interface Waiting {
  readonly id: string
  readonly slots: Slots
  isReady: boolean
}

interface Held {
  readonly slots: Slots
  readonly gpuIds: readonly number[]
}

export interface Granted {
  readonly id: string
  readonly gpuIds: readonly number[]
}

/**
 * The slots of this machine, given out in the order of asking.
 *
 * One that does not fit keeps its share reserved: those behind it start only with what is left over, so
 * that many small ones never starve a large one, and a queue for GPUs does not hold up the CPUs.
 */
export class SlotQueue {
  #total: Slots
  readonly #waiting = new Map<string, Waiting>()
  readonly #held = new Map<string, Held>()
  #used: Slots = { cpus: 0, gpus: 0, memoryBytes: 0 }

  constructor(total: Slots) {
    this.#total = total
  }

  resize(total: Slots): void {
    this.#total = total
  }

  /** What makes `slots` impossible on this machine, or undefined when they fit one day. */
  refusal(slots: Slots): string | undefined {
    const { cpus, gpus, memoryBytes } = this.#total
    if (slots.cpus > cpus) return `${slots.cpus} CPUs are asked for and this machine has ${cpus}`
    if (slots.gpus > gpus) return `${slots.gpus} GPUs are asked for and this machine has ${gpus}`
    if (slots.memoryBytes > memoryBytes)
      return `${gib(slots.memoryBytes)} of memory are asked for and this machine has ${gib(memoryBytes)}`
    return undefined
  }

  /** Takes a place in the queue; `take` passes over it until `markReady`. */
  add(id: string, slots: Slots): void {
    this.#waiting.set(id, { id, slots, isReady: false })
  }

  markReady(id: string): void {
    const waiting = this.#waiting.get(id)
    if (waiting) waiting.isReady = true
  }

  /** Counts slots that are in use already, whether they fit or not. */
  hold(id: string, slots: Slots, gpuIds: readonly number[]): void {
    this.release(id)
    this.#held.set(id, { slots, gpuIds })
    this.#used = sum(this.#used, slots, 1)
  }

  /** Gives back what `id` holds, or its place in the queue. */
  release(id: string): void {
    this.#waiting.delete(id)
    const held = this.#held.get(id)
    if (held === undefined) return
    this.#held.delete(id)
    this.#used = sum(this.#used, held.slots, -1)
  }

  /** Those that may start now, in order; they hold their slots from here on. */
  take(): Granted[] {
    const granted: Granted[] = []
    let free = sum(this.#total, this.#used, -1)
    for (const { id, slots, isReady } of this.#waiting.values()) {
      if (free.cpus <= 0) break
      if (!isReady) continue
      const starts = fits(slots, free)
      free = sum(free, slots, -1)
      if (!starts) continue
      const gpuIds = this.#freeGpuIds().slice(0, slots.gpus)
      this.#waiting.delete(id)
      this.hold(id, slots, gpuIds)
      granted.push({ id, gpuIds })
    }
    return granted
  }

  /** Why something that asks for `slots` waits. */
  reason(slots: Slots): string {
    const { cpus, gpus, memoryBytes } = this.#total
    const parts: string[] = []
    if (slots.cpus > cpus - this.#used.cpus) parts.push(`${this.#used.cpus} of ${cpus} CPUs`)
    if (slots.gpus > gpus - this.#used.gpus) parts.push(`${this.#used.gpus} of ${gpus} GPUs`)
    if (slots.memoryBytes > memoryBytes - this.#used.memoryBytes)
      parts.push(`${gib(this.#used.memoryBytes)} of ${gib(memoryBytes)} of memory`)
    if (parts.length === 0) return 'waits for those that were submitted before it'
    return `waits for slots of this machine: ${parts.join(', ')} are in use`
  }

  #freeGpuIds(): number[] {
    const taken = new Set([...this.#held.values()].flatMap((held) => held.gpuIds))
    return Array.from({ length: this.#total.gpus }, (_, id) => id).filter((id) => !taken.has(id))
  }
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
    cpus: a.cpus + sign * b.cpus,
    gpus: a.gpus + sign * b.gpus,
    memoryBytes: a.memoryBytes + sign * b.memoryBytes,
  }
}

function gib(bytes: number): string {
  return `${Math.round((bytes / 2 ** 30) * 10) / 10} GiB`
}
