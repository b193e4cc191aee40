import type { Args } from '../grammar/args.ts'
import { UsageError } from '../grammar/usage-error.ts'

/** One generic update option with its values. */
interface UpdateStep {
  readonly op: 'set' | 'add' | 'remove'
  readonly values: readonly string[]
}

/** `--set`, `--add`, `--remove` as typed; the server reads their language, in this order. */
export interface UpdateBody {
  readonly set?: readonly string[]
  readonly add?: readonly (readonly string[])[]
  readonly remove?: readonly (readonly string[])[]
  readonly force_string?: boolean
  readonly fields?: Readonly<Record<string, unknown>>
  readonly steps: readonly UpdateStep[]
}

/** The body of a generic update; `fields` are those given by options of their own. */
export function updateBody(args: Args, fields: Readonly<Record<string, unknown>> = {}): UpdateBody {
  const steps = args.ordered.filter(isUpdateStep).map(({ name, values }) => ({ op: name, values }))
  for (const { op, values } of steps) if (op === 'set') checkPairs(values)
  const of = (op: UpdateStep['op']) => steps.filter((step) => step.op === op)
  return {
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
    set: of('set').flatMap(({ values }) => values),
    add: of('add').map(({ values }) => values),
    remove: of('remove').map(({ values }) => values),
    ...(args.isOn('force-string') ? { force_string: true } : {}),
    steps,
  }
}

function isUpdateStep(option: {
  readonly name: string
  readonly values: readonly string[]
}): option is { name: UpdateStep['op']; values: readonly string[] } {
  return ['set', 'add', 'remove'].includes(option.name)
}

function checkPairs(values: readonly string[]): void {
  if (values.every((value) => value.includes('='))) return
  throw new UsageError('usage error: --set KEY=VALUE [KEY=VALUE ...]', [], 1)
}
