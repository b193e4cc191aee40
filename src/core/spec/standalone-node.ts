import { child, childText, isNull, type MapNode } from '../yaml/node.ts'
import { checkFields, checkValue } from './check.ts'
import type { Table } from './field.ts'
import { INVALID } from './invalid.ts'
import { checkNodeInputs } from './pipeline-ports.ts'
import { type Place, report } from './place.ts'
import { checkSampling } from './sweep-rule.ts'
import { job, pipelineJob, sweepJob } from './tables/job.ts'
import { commandNode, sweepNode } from './tables/node.ts'
import { jobFields } from './tables/shared.ts'

type Value = Record<string, unknown>

/*
 * The Python SDK writes `command(…)` and `….sweep(…)` as the step that they would be in a pipeline: with a
 * component of their own. Read by themselves they are jobs.
 */

/** The root of a job file. */
export function readJob(place: Place): unknown {
  const { node } = place
  if (node.kind !== 'map') return checkValue(job, place)
  const type = childText(node, 'type') ?? 'command'
  if (type === 'command' && child(node, 'component')?.kind === 'map')
    return readCommand(place, node)
  if (type === 'sweep' && isComponent(node)) return readSweep(place, node)
  const untyped = tableWithoutType(node)
  return untyped === undefined ? checkValue(job, place) : checkFields(untyped, node, place)
}

/** A job without a type is a command job, but one that has steps or trials forgot to say so. */
function tableWithoutType(node: MapNode): Table | undefined {
  const type = child(node, 'type')
  if ((type !== undefined && !isNull(type)) || child(node, 'command') !== undefined)
    return undefined
  if (child(node, 'jobs') !== undefined) return pipelineJob
  return child(node, 'trial') === undefined ? undefined : sweepJob
}

/** A trial that is a component says what it reads, or that it is of type command, or names a file. */
function isComponent(node: MapNode): boolean {
  const trial = child(node, 'trial')
  if (trial?.kind === 'scalar') return true
  return ['inputs', 'outputs', 'type', 'name'].some((name) => child(trial, name) !== undefined)
}

function asJob(table: Table, title: string): Table {
  return { ...table, title, unknown: 'reject', fields: { ...jobFields, ...table.fields } }
}

function readCommand(place: Place, node: MapNode): unknown {
  const value = checkFields(asJob(commandNode, 'command job'), node, place)
  const component = value['component'] as Value | undefined
  if (component === undefined) return INVALID
  if (component['type'] !== 'command') {
    report(place, {
      code: 'WrongKind',
      message: `a command job runs a component of type command, not ${String(component['type'])}`,
    })
    return INVALID
  }
  checkNodeInputs(place, value, component)
  const { component: _component, inputs, outputs, ...rest } = value
  return {
    ...fieldsOf(component),
    ...rest,
    type: 'command',
    inputs: { ...defaultsOf(component), ...(inputs as Value | undefined) },
    outputs: { ...portsOf(component), ...(outputs as Value | undefined) },
  }
}

const PROCESS_FIELDS = [
  'command',
  'code',
  'environment',
  'distribution',
  'resources',
  'environment_variables',
  'display_name',
  'description',
]

function fieldsOf(component: Value): Value {
  return Object.fromEntries(
    PROCESS_FIELDS.flatMap((name) =>
      component[name] === undefined ? [] : [[name, component[name]]],
    ),
  )
}

function entriesOf(component: Value, name: string): readonly (readonly [string, Value])[] {
  return Object.entries((component[name] ?? {}) as Record<string, Value>)
}

function defaultsOf(component: Value): Value {
  return Object.fromEntries(
    entriesOf(component, 'inputs').flatMap(([name, port]) =>
      port['default'] === undefined ? [] : [[name, port['default']]],
    ),
  )
}

function portsOf(component: Value): Value {
  return Object.fromEntries(
    entriesOf(component, 'outputs').map(([name, { type, mode }]) => [
      name,
      mode === undefined ? { type } : { type, mode },
    ]),
  )
}

function readSweep(place: Place, node: MapNode): unknown {
  const value = checkFields(asJob(sweepNode, 'sweep job'), node, place)
  checkSampling(place, value)
  const trial = value['trial']
  if (typeof trial === 'object' && trial !== null) checkNodeInputs(place, value, trial as Value)
  return value
}
