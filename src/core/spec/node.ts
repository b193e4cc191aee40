import { didYouMean } from '../suggest.ts'
import { childText, type MapNode, toPlain } from '../yaml/node.ts'
import { checkFields, expectMap } from './check.ts'
import { checkWord } from './check-scalar.ts'
import type { Table } from './field.ts'
import { INVALID } from './invalid.ts'
import { below, type Place, report } from './place.ts'
import { checkSampling } from './sweep-rule.ts'
import {
  commandNode,
  inlineCommandNode,
  inlineParallelNode,
  NODE_TYPES,
  parallelNode,
  pipelineNode,
  sweepNode,
} from './tables/node.ts'

type Value = Record<string, unknown>

/** The table of a step; undefined for a pipeline without component and for types that amlet does not run. */
function tableOf(type: string, hasComponent: boolean): Table | undefined {
  if (type === 'command') return hasComponent ? commandNode : inlineCommandNode
  if (type === 'parallel') return hasComponent ? parallelNode : inlineParallelNode
  return type === 'pipeline' && hasComponent ? pipelineNode : undefined
}

/** A step as it is written; `finishPipeline` makes inline steps into components and looks bindings up. */
export function readNode(place: Place): unknown {
  const map = expectMap(place, 'step')
  if (map === undefined) return INVALID
  const type = readType(place, map)
  if (type === INVALID) return INVALID
  if (type === 'sweep') return readSweep(place, map)
  const table = tableOf(type, map.byName.has('component'))
  if (table !== undefined) return readWith(table, type, place, map)
  if (type !== 'pipeline') return { ...(toPlain(map) as Value), type }
  report(place, {
    code: 'MissingField',
    message: 'a step of type pipeline names no component',
    hint: 'add "component:" with the file of a pipeline component',
    atKey: true,
  })
  return INVALID
}

function readType(place: Place, map: MapNode): string | typeof INVALID {
  const entry = map.byName.get('type')
  if (entry !== undefined)
    return checkWord({ kind: 'word', values: NODE_TYPES }, below(place, entry)) as string
  if (map.byName.has('trial')) return 'sweep'
  return map.byName.has('task') ? 'parallel' : 'command'
}

function readWith(table: Table, type: string, place: Place, map: MapNode): unknown {
  if (table === inlineCommandNode && !map.byName.has('command'))
    return reportNothingToDo(place, map)
  const value = checkFields(table, map, place)
  const component = value['component'] as Value | string | undefined
  if (typeof component !== 'object') return { ...value, type }
  const found = component['type']
  if (!map.byName.has('type')) return { ...value, type: found }
  if (found === type || found === 'flow') return { ...value, type }
  const entry = map.byName.get('type')
  report(entry === undefined ? place : below(place, entry), {
    code: 'WrongKind',
    message: `the step is of type ${type}, and its component of type ${String(found)}`,
    hint: `write "type: ${String(found)}"`,
  })
  return INVALID
}

function reportNothingToDo(place: Place, map: MapNode): typeof INVALID {
  const near = map.entries.find(
    (entry) => didYouMean(entry.name, ['command', 'component', 'trial']) !== undefined,
  )
  report(near === undefined ? place : below(place, near), {
    code: 'MissingField',
    message: 'this step has neither "component" nor "command"',
    hint:
      near === undefined
        ? 'add "component:" with a component, or "command:" and "environment:"'
        : didYouMean(near.name, ['command', 'component', 'trial']),
    atKey: true,
  })
  return INVALID
}

function readSweep(place: Place, map: MapNode): unknown {
  const value = checkFields(sweepNode, map, place)
  checkSampling(place, value)
  if (childText(map, 'type') === undefined) return { ...value, type: 'sweep' }
  return value
}
