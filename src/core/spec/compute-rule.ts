import { readComputeSizes } from '../compute/sizes.ts'
import { below, item, type Place, report } from './place.ts'
import { fieldPlace } from './sweep-rule.ts'

export function checkNodeRange(place: Place, value: Record<string, unknown>): void {
  const { min_instances: min, max_instances: max } = value
  if (typeof min === 'number' && typeof max === 'number' && min > max)
    report(fieldPlace(place, 'min_instances'), {
      code: 'InvalidValue',
      message: `min_instances ${min} is greater than max_instances ${max}`,
      atKey: true,
    })
}

export function warnComputeName(place: Place, text: string): void {
  if (/^[A-Za-z][A-Za-z0-9-]{1,31}$/.test(text)) return
  report(place, {
    code: 'InvalidValue',
    severity: 'warning',
    message: `"${text}" is not a name that Azure takes for a compute`,
    hint: 'Azure wants 2 to 32 letters, digits and "-", beginning with a letter',
  })
}

/** `cpus`, `gpus`, `memory` and `instance_types` have to be quantities. */
export function checkSizes(place: Place, value: Record<string, unknown>): void {
  for (const { path, message, hint } of readComputeSizes(value).problems)
    report(placeAt(place, path), { code: 'InvalidValue', message, hint })
}

/** The place at a path below a mapping, or as near to it as there is something. */
function placeAt(place: Place, path: readonly (string | number)[]): Place {
  let at = place
  for (const key of path) {
    const next = typeof key === 'number' ? itemAt(at, key) : keyAt(at, key)
    if (next === undefined) return at
    at = next
  }
  return at
}

function itemAt(place: Place, index: number): Place | undefined {
  const node = place.node.kind === 'seq' ? place.node.items[index] : undefined
  return node && item(place, node, index)
}

function keyAt(place: Place, key: string): Place | undefined {
  const entry = place.node.kind === 'map' ? place.node.byName.get(key) : undefined
  return entry && below(place, entry)
}
