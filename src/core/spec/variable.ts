import { renderLiteral } from '../expressions/template.ts'
import { checkLiteral } from './check-scalar.ts'
import { INVALID } from './invalid.ts'
import type { Place } from './place.ts'

/** The value of an environment variable: what is not text becomes the text that Python would make of it. */
export function readVariable(place: Place): unknown {
  const { node } = place
  if (node.kind === 'scalar' && node.type === 'timestamp') return node.text
  const value = checkLiteral(place)
  return value === INVALID ? INVALID : renderLiteral(value as string | number | boolean)
}
