import {
  type FieldType,
  listOf,
  object,
  optional,
  required,
  type Table,
  type TaggedType,
  text,
  word,
} from '../field.ts'
import { checkCron, checkInterval, readTime } from '../trigger-rule.ts'

const time: FieldType = { kind: 'custom', like: text, read: readTime }
const common: Table['fields'] = {
  start_time: optional(time, 'when it begins, as 2024-05-01T08:00:00'),
  end_time: optional(time, 'when it ends'),
  time_zone: optional(text, 'zone of the times, a Windows or an IANA name', { fill: 'UTC' }),
}

const cron: Table = {
  title: 'cron trigger',
  unknown: 'reject',
  fields: {
    type: required(word('cron'), 'the kind of trigger'),
    expression: required(
      { kind: 'text', check: checkCron },
      'MINUTES HOURS DAYS MONTHS DAYS-OF-WEEK',
    ),
    ...common,
  },
}

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const
const pattern: Table = {
  title: 'schedule',
  unknown: 'reject',
  fields: {
    hours: required(
      listOf({ kind: 'integer', min: 0, max: 23 }, { orOne: true }),
      'hours of the day',
    ),
    minutes: required(
      listOf({ kind: 'integer', min: 0, max: 59 }, { orOne: true }),
      'minutes of the hour',
    ),
    week_days: optional(listOf(word(...DAYS), { orOne: true }), 'days of the week'),
    month_days: optional(
      listOf({ kind: 'integer', min: -1, max: 31 }, { orOne: true }),
      'days of the month',
    ),
  },
}

const recurrence: Table = {
  title: 'recurrence trigger',
  unknown: 'reject',
  fields: {
    type: required(word('recurrence'), 'the kind of trigger'),
    frequency: required(word('minute', 'hour', 'day', 'week', 'month'), 'the unit'),
    interval: required(
      { kind: 'custom', like: { kind: 'integer', min: 1 }, read: checkInterval },
      'how many units',
    ),
    schedule: optional(
      object(() => pattern),
      'at which hours, minutes and days',
    ),
    ...common,
  },
}

export const trigger: TaggedType = {
  kind: 'tagged',
  title: 'trigger',
  field: 'type',
  tables: { cron: () => cron, recurrence: () => recurrence },
}

const { interval: _required, schedule: _schedule, ...looser } = recurrence.fields
const startStopRecurrence: Table = {
  ...recurrence,
  fields: {
    ...looser,
    interval: optional({ kind: 'integer', min: 1 }, 'how many units', { default: '1' }),
    schedule: optional(
      object(() => ({
        ...pattern,
        fields: Object.fromEntries(
          Object.entries(pattern.fields).map(([name, { required: _r, ...field }]) => [name, field]),
        ),
      })),
      'at which hours, minutes and days',
    ),
  },
}

/** When a compute instance starts and stops: a trigger whose parts may be left out. */
export const timer: TaggedType = {
  ...trigger,
  tables: { cron: () => cron, recurrence: () => startStopRecurrence },
}
