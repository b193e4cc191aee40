import { checkObject, checkValue } from './check.ts'
import type { ReferenceType, Table } from './field.ts'
import { INVALID } from './invalid.ts'
import { folderOf } from './paths.ts'
import { absolute, type Place } from './place.ts'
import { readTree } from './read-file.ts'

/** An environment: the mapping itself, a reference, or `file:` and the YAML file that holds the mapping. */
export function readEnvironment(place: Place, table: Table, reference: ReferenceType): unknown {
  const { node } = place
  if (node.kind === 'map') return checkObject(table, place)
  if (node.kind !== 'scalar' || !node.text.startsWith('file:')) return checkValue(reference, place)
  const path = absolute(place, node.text.slice('file:'.length))
  const root = readTree(place, path, 'environment file')
  if (root === undefined) return INVALID
  place.load.links.set(node, root)
  return checkObject(table, { ...place, node: root, entry: undefined, baseDir: folderOf(path) })
}
