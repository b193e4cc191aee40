import type { YamlNode } from '../yaml/node.ts'
import { type Place, report } from './place.ts'

/** Which credentials a mapping was meant to be, told by the key that only they have. */
export function pickCredentials(node: YamlNode, marks: readonly string[]): number {
  if (node.kind !== 'map') return 0
  const found = marks.findIndex((mark) => node.byName.has(mark))
  if (found >= 0) return found
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
