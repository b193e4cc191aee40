import { type Place, report } from './place.ts'
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
