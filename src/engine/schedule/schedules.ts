import { AmletError } from '../../core/errors.ts'
import type { Db } from '../../store/db.ts'
import { getJob } from '../../store/jobs.ts'
import {
  type FireRow,
  getSchedule,
  listDueSchedules,
  listOpenFires,
  nextDueMs,
  recordFire,
  recordSchedule,
  type ScheduleRow,
} from '../../store/schedules.ts'
import { fireTimes, type Trigger } from './fire-times.ts'

/** A time that passed longer ago than this while nobody was there is missed: it is noted, and does not fire. */
const GRACE_MS = 5 * 60_000
/** Timers are set no further ahead: clocks are put right, machines sleep. */
const LOOK_EVERY_MS = 60_000

export interface SchedulesDeps {
  readonly db: Db
  readonly now: () => number
  /** Submits the job of a schedule under that name. */
  readonly submit: (schedule: ScheduleRow, jobName: string) => Promise<void>
  readonly logError: (message: string, error: unknown) => void
}

/**
 * Fires schedules. A due time is written down before its job is submitted, and the job's name is made of both, so
 * that no crash makes it fire twice or be forgotten.
 */
export class Schedules {
  readonly #deps: SchedulesDeps
  #timer: NodeJS.Timeout | undefined
  #isStopped = true

  constructor(deps: SchedulesDeps) {
    this.#deps = deps
  }

  start(): void {
    this.#isStopped = false
    const { db, logError } = this.#deps
    for (const fire of listOpenFires(db))
      this.#submit(fire).catch((error: unknown) => logError('a schedule could not fire', error))
    this.#look()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  /** Creates or replaces a schedule. Never fires by itself: the first time is the first one to come. */
  save(given: Pick<ScheduleRow, 'name' | 'entity' | 'isEnabled' | 'createdBy'>): ScheduleRow {
    const { db, now } = this.#deps
    const before = getSchedule(db, given.name)
    const atMs = now()
    const createdMs = before?.createdMs ?? atMs
    const [nextMs = null] = this.nextTimes(given.entity, { createdMs, count: 1 })
    const row = { ...given, nextMs, createdMs, modifiedMs: atMs }
    recordSchedule(db, row)
    this.#look()
    return row
  }

  /** When a schedule would fire next, soonest first. */
  nextTimes(
    entity: ScheduleRow['entity'],
    { createdMs, count }: { readonly createdMs: number; readonly count: number },
  ): number[] {
    const trigger = entity['trigger'] as Trigger
    return fireTimes(trigger, { afterMs: this.#deps.now(), createdMs, count })
  }

  /** Fires now, besides the times it is due. Gives the name of the job. */
  async trigger(schedule: ScheduleRow): Promise<string> {
    const dueMs = this.#deps.now()
    const job = jobNameOf(schedule.name, dueMs)
    await this.#deps.submit(schedule, job)
    recordFire(this.#deps.db, {
      schedule: schedule.name,
      dueMs,
      state: 'fired',
      job,
      message: null,
    })
    return job
  }

  #look(): void {
    if (this.#isStopped) return
    clearTimeout(this.#timer)
    const { db, now } = this.#deps
    for (const schedule of listDueSchedules(db, now())) this.#fire(schedule)
    const nextMs = nextDueMs(db)
    if (nextMs === null) return
    const waitMs = Math.min(LOOK_EVERY_MS, Math.max(0, nextMs - now()))
    this.#timer = setTimeout(() => this.#look(), waitMs)
    this.#timer.unref()
  }

  /** Notes every time that has passed and sets the next one; the last that is not too old fires. */
  #fire(schedule: ScheduleRow): void {
    const { db, now, logError } = this.#deps
    const { name, entity, createdMs } = schedule
    const passed = timesUntil(schedule, now())
    const last = passed.at(-1)
    db.transaction(() => {
      for (const dueMs of passed) recordFire(db, this.#noted(name, dueMs, dueMs === last))
      const [nextMs = null] = this.nextTimes(entity, { createdMs, count: 1 })
      recordSchedule(db, { ...schedule, nextMs })
    })
    if (last === undefined) return
    const fire = this.#noted(name, last, true)
    if (fire.state === 'due')
      this.#submit(fire).catch((error: unknown) => logError('a schedule could not fire', error))
  }

  #noted(schedule: string, dueMs: number, isLast: boolean): FireRow {
    const isLate = this.#deps.now() - dueMs > GRACE_MS
    const state = isLate || !isLast ? 'missed' : 'due'
    const message = state === 'missed' ? 'no server was running at that time' : null
    return { schedule, dueMs, state, job: null, message }
  }

  async #submit(fire: FireRow): Promise<void> {
    const { db, submit } = this.#deps
    const schedule = getSchedule(db, fire.schedule)
    if (schedule === undefined) return
    const job = jobNameOf(fire.schedule, fire.dueMs)
    try {
      if (getJob(db, job) === undefined) await submit(schedule, job)
      recordFire(db, { ...fire, state: 'fired', job })
    } catch (error) {
      const message = error instanceof AmletError ? error.message : String(error)
      recordFire(db, { ...fire, state: 'failed', message })
      throw error
    }
  }
}

const MOST_NOTED = 100

/** Times from the stored next one up to now: the first that were missed, and those that may still fire. */
function timesUntil({ entity, nextMs, createdMs }: ScheduleRow, nowMs: number): number[] {
  if (nextMs === null) return []
  const trigger = entity['trigger'] as Trigger
  const after = (afterMs: number) =>
    fireTimes(trigger, { afterMs, createdMs, count: MOST_NOTED }).filter((atMs) => atMs <= nowMs)
  const times = [nextMs, ...after(nextMs), ...after(Math.max(nextMs, nowMs - GRACE_MS))]
  return [...new Set(times)].sort((a, b) => a - b)
}

/** `nightly_20260327T021500123Z`: one name for one due time. */
function jobNameOf(schedule: string, dueMs: number): string {
  return `${schedule}_${new Date(dueMs).toISOString().replaceAll(/[-:.]/g, '')}`
}
