import { checkValue } from './check.ts'
import { literalOf } from './check-scalar.ts'
import { INVALID } from './invalid.ts'
import { below, item, type Place, report } from './place.ts'
import { searchSpace } from './tables/sweep.ts'

/** The values of a `choice`: numbers, texts, or mappings whose values are search spaces themselves. */
export function readChoices(place: Place): unknown {
  const { node } = place
  if (node.kind !== 'seq') {
    report(place, {
      code: 'InvalidValue',
      message: 'the values of a choice are a list',
      hint: node.kind === 'scalar' ? `write values: [${node.text}]` : undefined,
    })
    return INVALID
  }
  if (node.items.length === 0)
    report(place, { code: 'InvalidValue', message: 'a choice needs at least one value' })
  return node.items
    .map((value, index) => readChoice(item(place, value, index)))
    .filter((value) => value !== INVALID)
}

function readChoice(place: Place): unknown {
  const { node } = place
  if (node.kind === 'map') return readNested(place)
  if (
    node.kind === 'scalar' &&
    node.type !== 'bool' &&
    node.type !== 'null' &&
    node.type !== 'timestamp' &&
    !(typeof node.value === 'number' && !Number.isFinite(node.value))
  )
    return literalOf(node)
  report(place, {
    code: 'InvalidValue',
    message: `${node.kind === 'scalar' ? node.text : 'a list'} cannot be a value of a choice`,
    hint: 'values are numbers and texts; put true and false in quotes',
  })
  return INVALID
}

function readNested(place: Place): unknown {
  const { node } = place
  if (node.kind !== 'map') return INVALID
  return Object.fromEntries(
    node.entries.map((entry) => {
      const inner = below(place, entry)
      return [
        entry.name,
        inner.node.kind === 'map' ? checkValue(searchSpace, inner) : readChoice(inner),
      ]
    }),
  )
}
