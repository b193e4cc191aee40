import { checkNumber } from './check-scalar.ts'
import { INVALID } from './invalid.ts'
import { type Place, report } from './place.ts'

/** Least and greatest value of each field of a cron expression, and its words. */
const CRON: readonly { name: string; min: number; max: number; words?: readonly string[] }[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  {
    name: 'month',
    min: 1,
    max: 12,
    words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  {
    name: 'day of the week',
    min: 0,
    max: 7,
    words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
  },
]

/** A cron expression has five fields of numbers, ranges and steps. */
export function checkCron(place: Place, text: string): void {
  const fields = text.trim().split(/\s+/)
  if (fields.length !== CRON.length) {
    report(place, {
      code: 'InvalidValue',
      message: `"${text}" has ${fields.length} fields, and a cron expression has 5`,
      hint: 'write MINUTES HOURS DAYS MONTHS DAYS-OF-WEEK, for example "15 16 * * 1"',
    })
    return
  }
  fields.forEach((field, index) => {
    const problem = cronProblem(field, index)
    if (problem !== undefined) report(place, { code: 'InvalidValue', message: problem })
  })
}

function cronProblem(field: string, index: number): string | undefined {
  const rule = CRON[index]
  if (rule === undefined) return undefined
  for (const part of field.split(',')) {
    const [range = '', step] = part.split('/')
    const ends = range === '*' || range === '?' ? [] : range.split('-')
    const wrongEnd = ends.find((end) => !inRange(end, rule))
    if (
      wrongEnd !== undefined ||
      ends.length > 2 ||
      (step !== undefined && !/^[1-9]\d*$/.test(step))
    )
      return `"${part}" is no ${rule.name}: ${rule.min} to ${rule.max}, "*", ranges with "-", steps with "/"`
  }
  return undefined
}

function inRange(end: string, rule: (typeof CRON)[number]): boolean {
  if (rule.words?.includes(end.toLowerCase())) return true
  return /^\d+$/.test(end) && Number(end) >= rule.min && Number(end) <= rule.max
}

/** A time is kept as it is written; YAML may have read it as a date. */
export function readTime(place: Place): unknown {
  const { node } = place
  const isTime =
    node.kind === 'scalar' &&
    ((node.type === 'timestamp' && !isDay(node.text)) ||
      (node.type === 'str' && isIsoTime(node.text)))
  if (isTime && node.kind === 'scalar') return node.text
  const shown = node.kind === 'scalar' ? `"${node.text}"` : 'this'
  report(place, {
    code: 'InvalidValue',
    message: `${shown} is no time`,
    hint:
      node.kind === 'scalar' && isDay(node.text)
        ? `a day needs a time of day: ${node.text}T00:00:00`
        : 'write it as 2024-05-01T08:00:00',
  })
  return INVALID
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text)
}

function isIsoTime(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|[-+]\d\d:?\d\d))?$/.test(text) &&
    !Number.isNaN(Date.parse(text.replace(' ', 'T')))
  )
}

export function checkInterval(place: Place): unknown {
  const found = checkNumber({ kind: 'integer' }, place)
  if (typeof found === 'number' && found < 1)
    report(place, {
      code: 'InvalidValue',
      message: `an interval of ${found} never comes round`,
      hint: 'write 1 or more',
      atKey: true,
    })
  return found
}
