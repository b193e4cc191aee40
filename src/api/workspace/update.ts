import { AmletError, throwOnErrors } from '../../core/errors.ts'
import type { UpdateStep } from '../../core/spec/update.ts'
import type { Fields, Values } from '../route.ts'

/** The body of a generic update: az's `--set`, `--add`, `--remove`, or fields by name. */
export const UPDATE_FIELDS = {
  set: { type: 'strings', doc: '`path=value`, in the order typed' },
  add: { type: 'any', doc: 'A list of lists: a path, then what to add there' },
  remove: { type: 'any', doc: 'A list of lists: a path, or a list and an index' },
  force_string: { type: 'boolean', doc: 'Values of `set` stay texts' },
  steps: { type: 'any', doc: 'The same as set, add and remove, in the order typed' },
  stage: { type: 'string', doc: 'Stage of a model' },
  fields: { type: 'object', doc: 'New values by field' },
} as const satisfies Fields

export type UpdateValues = Values<typeof UPDATE_FIELDS>

/**
 * The entity after an update; only `allowed` fields may differ.
 *
 * @throws AmletError `InvalidValue` when another field would change, what the update language refuses.
 */
export async function updateEntity(
  entity: Readonly<Record<string, unknown>>,
  update: UpdateValues,
  allowed: readonly string[],
): Promise<Record<string, unknown>> {
  const after = await applyUpdate(entity, update)
  const changed = Object.keys({ ...entity, ...after }).filter(
    (name) => JSON.stringify(entity[name]) !== JSON.stringify(after[name]),
  )
  const refused = changed.filter((name) => !allowed.includes(name))
  if (refused.length === 0) return after
  throw new AmletError({
    code: 'InvalidValue',
    message: `${refused.map((name) => `"${name}"`).join(', ')} cannot be changed once it exists`,
    hint: `what can be changed: ${allowed.join(', ')}`,
  })
}

/**
 * The entity after an update, whatever it changes.
 *
 * @throws AmletError `UsageError` for a path or value that the update language refuses.
 */
export async function applyUpdate(
  entity: Readonly<Record<string, unknown>>,
  update: UpdateValues,
): Promise<Record<string, unknown>> {
  const { applyUpdate: carryOut } = await import('../../core/spec/update.ts')
  const named = {
    ...entity,
    ...(update.stage === undefined ? {} : { stage: update.stage }),
    ...update.fields,
  }
  const forceString = update.force_string === true
  const { value, diagnostics } = carryOut(named, stepsOf(update), { forceString })
  throwOnErrors(diagnostics)
  return value
}

/** The steps in the order typed; a caller without `steps` gives them by kind. */
function stepsOf(update: UpdateValues): readonly UpdateStep[] {
  if (Array.isArray(update.steps)) return update.steps.filter(isStep)
  const set = update.set === undefined ? [] : [{ op: 'set', values: update.set }]
  const others = (['add', 'remove'] as const).flatMap((op) => {
    const lists: unknown = update[op]
    return Array.isArray(lists) ? lists.map((values: unknown) => ({ op, values })) : []
  })
  return [...set, ...others].filter(isStep)
}

function isStep(step: unknown): step is UpdateStep {
  if (typeof step !== 'object' || step === null || !('op' in step) || !('values' in step))
    return false
  const { op, values } = step
  return (
    (op === 'set' || op === 'add' || op === 'remove') &&
    Array.isArray(values) &&
    values.every((value) => typeof value === 'string')
  )
}
