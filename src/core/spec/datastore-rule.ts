import type { YamlNode } from '../yaml/node.ts'
import { type Place, report } from './place.ts'

/** Which credentials a mapping was meant to be, told by the key that only they have. */
export function pickCredentials(node: YamlNode, marks: readonly string[]): number | string {
  if (node.kind !== 'map') return 0
  const given = marks.filter((mark) => node.byName.has(mark))
  if (given.length > 1) return `credentials are ${given.join(' or ')}, not both`
  const [only] = given
  if (only !== undefined) return marks.indexOf(only)
  return node.entries.length === 0 ? marks.length : 0
}

export function warnDatastoreName(place: Place, text: string): void {
  if (/^[A-Za-z0-9_]{1,255}$/.test(text)) return
  report(place, {
    code: 'InvalidValue',
    severity: 'warning',
    message: `"${text}" is not a name that Azure takes for a datastore`,
    hint: 'Azure wants letters, digits and "_"',
  })
}
