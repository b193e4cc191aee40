import { Cron } from 'croner'
import { AmletError } from '../../core/errors.ts'
import { ianaZone } from '../../core/time-zones.ts'

/** The trigger of a schedule, as its YAML says it. Times without an offset are of `time_zone`. */
export type Trigger = {
  readonly start_time?: string
  readonly end_time?: string
  readonly time_zone?: string
} & (
  | { readonly type: 'cron'; readonly expression: string }
  | {
      readonly type: 'recurrence'
      readonly frequency: 'minute' | 'hour' | 'day' | 'week' | 'month'
      readonly interval: number
      readonly schedule?: RecurrencePattern
    }
)

interface RecurrencePattern {
  readonly hours: number | readonly number[]
  readonly minutes: number | readonly number[]
  readonly week_days?: string | readonly string[]
  readonly month_days?: number | readonly number[]
}

type Recurrence = Extract<Trigger, { type: 'recurrence' }>

/** Candidates that an interval may reject before the search gives up: every day for eleven years. */
const MOST_CANDIDATES = 4_000
const DAY_MS = 86_400_000

/**
 * The times at which a trigger fires after `afterMs`, soonest first, at most `count`.
 *
 * A recurrence counts its interval from `start_time`, or from `createdMs` where it has none; so does Azure.
 *
 * @throws AmletError `InvalidValue` for a time zone nobody knows.
 */
export function fireTimes(
  trigger: Trigger,
  range: { readonly afterMs: number; readonly createdMs: number; readonly count: number },
): number[] {
  const zone = zoneOf(trigger)
  const startMs = trigger.start_time === undefined ? undefined : toEpochMs(trigger.start_time, zone)
  const endMs =
    trigger.end_time === undefined ? Number.POSITIVE_INFINITY : toEpochMs(trigger.end_time, zone)
  const fromMs = Math.max(range.afterMs, (startMs ?? 0) - 1)
  const anchorMs = startMs ?? range.createdMs
  const candidates = candidatesOf(trigger, { zone, fromMs, anchorMs })
  const times: number[] = []
  for (const atMs of candidates) {
    if (atMs > endMs || times.length >= range.count) break
    times.push(atMs)
  }
  return times
}

function zoneOf({ time_zone: name = 'UTC' }: Pick<Trigger, 'time_zone'>): string {
  const zone = ianaZone(name)
  if (zone !== undefined) return zone
  throw new AmletError({
    code: 'InvalidValue',
    message: `"${name}" is no time zone`,
    hint: 'write a name such as "Europe/Berlin" or "W. Europe Standard Time"',
  })
}

interface Range {
  readonly zone: string
  /** Only what comes after. */
  readonly fromMs: number
  readonly anchorMs: number
}

function candidatesOf(trigger: Trigger, range: Range): Generator<number> {
  if (trigger.type === 'cron') return cronTimes(trigger.expression, range)
  const { frequency, interval, schedule } = trigger
  if (schedule === undefined && (frequency === 'minute' || frequency === 'hour'))
    return evenTimes(interval * (frequency === 'minute' ? 60_000 : 3_600_000), range)
  return calendarTimes(trigger, range)
}

function* cronTimes(expression: string, { zone, fromMs }: Range): Generator<number> {
  const cron = new Cron(expression, { timezone: zone, paused: true })
  let at = new Date(fromMs)
  for (let i = 0; i < MOST_CANDIDATES; i += 1) {
    const next = cron.nextRun(at)
    if (next === null) return
    yield next.getTime()
    at = next
  }
}

/** Minutes and hours are lengths of time: they do not care for clocks that are put forward. */
function* evenTimes(everyMs: number, { fromMs, anchorMs }: Range): Generator<number> {
  const steps = Math.max(0, Math.floor((fromMs - anchorMs) / everyMs) + 1)
  for (let n = steps; ; n += 1) yield anchorMs + n * everyMs
}

/** Days, weeks and months are of the calendar: the same time of day all year. */
function* calendarTimes(trigger: Recurrence, range: Range): Generator<number> {
  const anchor = localDate(range.anchorMs, range.zone)
  const unit = (atMs: number) => unitNumber(trigger.frequency, localDate(atMs, range.zone))
  const first = unitNumber(trigger.frequency, anchor)
  for (const atMs of cronTimes(toCron(trigger, anchor), range))
    if ((unit(atMs) - first) % trigger.interval === 0 && unit(atMs) >= first) yield atMs
}

/** The pattern's times of day on the pattern's days, or the anchor's own. */
function toCron({ frequency, schedule }: Recurrence, anchor: LocalDate): string {
  const minutes = list(schedule?.minutes ?? anchor.minute)
  const hours = list(schedule?.hours ?? anchor.hour)
  const weekDays =
    schedule?.week_days ?? (frequency === 'week' ? WEEK_DAYS[anchor.weekDay] : undefined)
  const monthDays = schedule?.month_days ?? (frequency === 'month' ? anchor.day : undefined)
  const days = monthDays === undefined ? '*' : list(monthDays).replaceAll('-1', 'L')
  const onDays = weekDays === undefined ? '*' : list(weekDays, (day) => String(day).slice(0, 3))
  return `${minutes} ${hours} ${days} * ${onDays}`
}

const WEEK_DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

function list<T>(values: T | readonly T[], print: (value: T) => string = String): string {
  return (Array.isArray(values) ? (values as readonly T[]) : [values as T]).map(print).join(',')
}

interface LocalDate {
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  /** From 0, Sunday. */
  readonly weekDay: number
}

/** What a clock and a calendar in that zone show. */
function localDate(atMs: number, zone: string): LocalDate {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]))
  const get = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0
  const date = { year: get('year'), month: get('month'), day: get('day') }
  const weekDay = new Date(Date.UTC(date.year, date.month - 1, date.day)).getUTCDay()
  return { ...date, hour: get('hour'), minute: get('minute'), second: get('second'), weekDay }
}

/** Number of the day, week or month that a date is in; weeks begin on Monday. */
function unitNumber(frequency: Recurrence['frequency'], { year, month, day }: LocalDate): number {
  const dayNumber = Math.round(Date.UTC(year, month - 1, day) / DAY_MS)
  if (frequency === 'month') return year * 12 + month
  // 1970-01-01 was a Thursday.
  return frequency === 'week' ? Math.floor((dayNumber + 3) / 7) : dayNumber
}

/** A time as it was written: with an offset it says when it is, without one it is of the zone. */
export function toEpochMs(text: string, zone: string): number {
  const iso = text.trim().replace(' ', 'T')
  if (/(z|[+-]\d\d:?\d\d)$/i.test(iso)) return Date.parse(iso)
  const wanted = Date.parse(`${/T/.test(iso) ? iso : `${iso}T00:00:00`}Z`)
  const shown = (atMs: number) => {
    const { year, month, day, hour, minute, second } = localDate(atMs, zone)
    return Date.UTC(year, month - 1, day, hour, minute, second)
  }
  // Twice: the first guess may lie on the other side of a change of the clocks.
  const guess = wanted - (shown(wanted) - wanted)
  return guess - (shown(guess) - wanted)
}
