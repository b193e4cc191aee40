import {
  type ComputeSizes,
  DEFAULT_INSTANCE_TYPE,
  readAskedSlots,
  type Slots,
} from '../compute/sizes.ts'
import type { Resources } from '../entity.ts'
import type { Diagnostic } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import type { PlannedProcess } from './job-plan.ts'
import { own, type PlanContext } from './scope.ts'

export interface AskingJob {
  /** Short name. */
  readonly compute: string
  readonly resources: Resources
  /** Dotted path of the fields of the job, `''` or ending in a dot. */
  readonly path: string
}

/**
 * What a job asks of its compute: by `resources.instance_type`, a size that the compute defines, or by `cpus`,
 * `gpus` and `memory` of `resources.properties`. Each node counts. Reports `InvalidValue` for what can never be had.
 */
export function planSlots(
  context: PlanContext,
  asking: AskingJob,
): Pick<PlannedProcess, 'slots' | 'pool'> {
  const { computes } = context.resolved
  if (computes === undefined) return {}
  const { compute, resources, path } = asking
  const sizes =
    computes.sizes.get(compute.toLowerCase()) ?? computes.sizes.get(computes.fallback.toLowerCase())
  const say = (field: string, found: Pick<Diagnostic, 'message' | 'hint'>) => {
    const source = { file: '', line: 0, column: 0, path: `${path}resources.${field}` }
    context.diagnostics.push({ code: 'InvalidValue', ...found, source })
  }
  const properties = readAskedSlots(resources.properties ?? {})
  for (const { path: field, message, hint } of properties.problems)
    say(`properties.${field.join('.')}`, { message, hint })
  const named = sizes && namedSize(sizes, resources.instance_type)
  if (named?.problem !== undefined) say('instance_type', named.problem)
  const each = { ...named?.slots, ...properties.slots }
  const slots = timesNodes(each, resources.instance_count ?? 1)
  const pool = poolOf(sizes)
  for (const found of impossible(slots, { machine: computes.machine, pool, each }))
    say(named?.slots === undefined ? 'properties' : 'instance_type', found)
  return { ...(Object.keys(slots).length > 0 && { slots }), ...(pool && { pool }) }
}

function poolOf(sizes: ComputeSizes | undefined): PlannedProcess['pool'] {
  if (sizes === undefined || Object.keys(sizes.share).length === 0) return undefined
  return { name: sizes.name, ...sizes.share }
}

interface Named {
  readonly slots?: Slots
  readonly problem?: Pick<Diagnostic, 'message' | 'hint'>
}

/** A compute that defines no types records the name, as one does that stands in for Azure's. */
function namedSize({ name, instanceTypes }: ComputeSizes, type: string | undefined): Named {
  const slots = instanceTypes.get(type ?? DEFAULT_INSTANCE_TYPE)
  if (slots !== undefined) return { slots }
  const known = [...instanceTypes.keys()]
  if (type === undefined || type === DEFAULT_INSTANCE_TYPE || known.length === 0) return {}
  const near = didYouMean(type, known)
  return {
    problem: {
      message: `compute ${name} has no instance type "${type}"`,
      hint: `${near === undefined ? '' : `${near} `}it has ${known.join(', ')}`,
    },
  }
}

function timesNodes(each: Partial<Slots>, nodes: number): Partial<Slots> {
  return Object.fromEntries(
    Object.entries(each).map(([name, value]) => [name, value * Math.max(1, nodes)]),
  )
}

interface Limits {
  readonly machine: Slots
  readonly pool: PlannedProcess['pool']
  /** Of one node. */
  readonly each: Partial<Slots>
}

const KINDS = ['cpus', 'gpus', 'memoryBytes'] as const

function impossible(
  slots: Partial<Slots>,
  { machine, pool, each }: Limits,
): Pick<Diagnostic, 'message' | 'hint'>[] {
  return KINDS.flatMap((kind) => {
    const asked = slots[kind] ?? 0
    const share = pool && own(pool as Partial<Slots>, kind)
    const isShare = share !== undefined && share < machine[kind]
    const most = isShare ? share : machine[kind]
    if (asked <= most) return []
    const nodes = asked / (each[kind] ?? asked)
    const how = nodes > 1 ? ` (${nodes} nodes of ${amount(kind, each[kind] ?? 0)})` : ''
    const where = isShare ? `compute ${pool?.name}` : 'this machine'
    return [
      {
        message: `${amount(kind, asked)}${how} are asked for and ${where} has ${amount(kind, most)}`,
        hint: 'the job could never start: ask for less, or name a compute that has as much',
      },
    ]
  })
}

function amount(kind: (typeof KINDS)[number], value: number): string {
  if (kind === 'memoryBytes') return `${Math.round((value / 2 ** 30) * 100) / 100} GiB of memory`
  const rounded = Math.round(value * 1000) / 1000
  return `${rounded} ${kind === 'cpus' ? 'CPU' : 'GPU'}${rounded === 1 ? '' : 's'}`
}
