import { condaSourceOf, rememberCondaSource } from '../environment/conda-source.ts'
import type { MapNode } from '../yaml/node.ts'
import { plain } from './check-scalar.ts'
import { INVALID } from './invalid.ts'
import { absolute, type Place, report } from './place.ts'
import { readTree } from './read-file.ts'

/** A conda file stands in the entity as its content, whichever way it was given. */
export function readConda(place: Place): unknown {
  const { node } = place
  if (node.kind === 'map') return contentOf(node)
  if (node.kind !== 'scalar' || node.type !== 'str') {
    report(place, {
      code: 'InvalidValue',
      message: 'a conda file is expected here: a path, or its content as a mapping',
    })
    return INVALID
  }
  const path = absolute(place, node.text.replace(/^file:/, ''))
  const root = readTree(place, path, 'conda file')
  if (root === undefined) return INVALID
  if (root.kind === 'map') return contentOf(root)
  report(place, {
    code: 'InvalidValue',
    message: `${path} is no conda file: it holds no mapping`,
    hint: 'a conda file has "dependencies:" and "channels:"',
  })
  return INVALID
}

function contentOf(node: MapNode): unknown {
  const content = plain(node)
  if (typeof content === 'object' && content !== null)
    rememberCondaSource(content, condaSourceOf(node))
  return content
}
