import { readBinding, soleBinding } from '../expressions/template.ts'
import { childText } from '../yaml/node.ts'
import { checkTexts, keysOf } from './component-rule.ts'
import type { Scope } from './pipeline.ts'
import { below, type Place } from './place.ts'

type Value = Record<string, unknown>

/** What is known of an input or output: its type, and whether it may be left out. */
export interface PortInfo {
  readonly type?: string
  readonly optional?: boolean
  readonly mode?: string
}

/** The port that a pipeline's input, or a declared port, offers to the steps. */
export function portOfInput(input: unknown): PortInfo {
  if (typeof input === 'object' && input !== null) {
    const { type, optional, mode } = input as Value
    return {
      ...(typeof type === 'string' ? { type } : {}),
      ...(optional === true ? { optional } : {}),
      ...(typeof mode === 'string' ? { mode } : {}),
    }
  }
  return { type: typeOfLiteral(input) }
}

function typeOfLiteral(value: unknown): string {
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return 'string'
}

const COMPONENT_FIELDS = [
  'description',
  'command',
  'code',
  'environment',
  'distribution',
  'resources',
  'is_deterministic',
]
const NOT_OF_A_STEP = [
  'name',
  'experiment_name',
  'parent_job_name',
  'description',
  'is_deterministic',
]
const OF_THE_COMPONENT = ['command', 'code', 'environment']
const PARALLEL_FIELDS = [
  'description',
  'task',
  'input_data',
  'mini_batch_size',
  'partition_keys',
  'mini_batch_error_threshold',
  'error_threshold',
  'logging_level',
  'max_concurrency_per_instance',
  'retry_settings',
  'resources',
  'is_deterministic',
]

/**
 * Inline steps become steps with an anonymous component: its outputs first, because the types of inputs
 * that read them follow from them.
 */
export function makeInlineComponents(scope: Scope): void {
  const inline = [...scope.jobs].filter(([, node]) => isInline(node))
  for (const [name, node] of inline) {
    const fields = node['type'] === 'parallel' ? PARALLEL_FIELDS : COMPONENT_FIELDS
    const component: Value = { type: node['type'], is_deterministic: true }
    for (const field of fields) if (node[field] !== undefined) component[field] = node[field]
    if (node['outputs'] !== undefined)
      component['outputs'] = outputPorts(scope, node['outputs'] as Value)
    ;(scope.jobs as Map<string, Value>).set(name, withComponent(node, component))
  }
  for (const [name] of inline) addInputPorts(scope, name)
}

function isInline(node: Value): boolean {
  const { type } = node
  return (
    node['component'] === undefined &&
    (type === 'command' || (type === 'parallel' && node['task'] !== undefined))
  )
}

/** The node without what only its component needs. A parallel step keeps its settings, as Azure shows them. */
function withComponent(node: Value, component: Value): Value {
  const left = node['type'] === 'parallel' ? NOT_OF_A_STEP : [...NOT_OF_A_STEP, ...OF_THE_COMPONENT]
  const kept = Object.entries(node).filter(([field]) => !left.includes(field))
  return { ...Object.fromEntries(kept), component }
}

function outputPorts(scope: Scope, outputs: Value): Value {
  const ports: Value = {}
  for (const [name, output] of Object.entries(outputs)) {
    const bound = typeof output === 'string' ? soleBinding(output) : undefined
    const target =
      bound !== undefined && 'name' in bound ? scope.outputs.get(bound.name) : undefined
    const known = (target ?? output ?? {}) as Value
    ports[name] = {
      type: typeof known['type'] === 'string' ? known['type'] : 'uri_folder',
      ...(typeof known['mode'] === 'string' ? { mode: known['mode'] } : {}),
    }
  }
  return ports
}

function addInputPorts(scope: Scope, name: string): void {
  const node = scope.jobs.get(name)
  const place = scope.nodePlaces.get(name)
  if (node === undefined || place === undefined) return
  const component = node['component'] as Value
  const inputs = (node['inputs'] ?? {}) as Value
  const ports = Object.fromEntries(
    Object.entries(inputs).map(([input, value]) => [
      input,
      inputPort(scope, value, writtenType(place, input)),
    ]),
  )
  if (node['inputs'] !== undefined) component['inputs'] = ports
  checkTexts(place, component, { inputs: keysOf(ports), outputs: keysOf(component['outputs']) })
}

/** The `type:` that an input of a step is given beside a binding. */
function writtenType(place: Place, input: string): string | undefined {
  const entry = place.node.kind === 'map' ? place.node.byName.get('inputs') : undefined
  if (entry === undefined || entry.value.kind !== 'map') return undefined
  const found = entry.value.byName.get(input)
  return found === undefined ? undefined : childText(below(place, found).node, 'type')
}

function inputPort(scope: Scope, value: unknown, written: string | undefined): Value {
  if (typeof value === 'object' && value !== null) {
    const { type, mode, path } = value as Value
    const bound = typeof path === 'string' ? boundType(scope, path) : undefined
    return {
      type: written ?? type ?? bound?.type ?? 'uri_folder',
      ...(mode === undefined ? {} : { mode }),
    }
  }
  if (typeof value !== 'string' || !value.includes('${{'))
    return { type: typeOfLiteral(value), default: value }
  const bound = soleBinding(value) === undefined ? undefined : boundType(scope, value)
  const type =
    written ?? bound?.type ?? (soleBinding(value) === undefined ? 'string' : 'uri_folder')
  const mode = bound?.mode !== undefined && isInputMode(bound.mode) ? { mode: bound.mode } : {}
  return { type, ...mode, ...(bound?.optional === true ? { optional: true } : {}) }
}

/** What the binding of a step's input stands for, as far as this pipeline says. */
export function boundType(scope: Scope, text: string): PortInfo | undefined {
  const body = /^\$\{\{\s*(\S*?)\s*\}\}$/.exec(text)?.[1]
  if (body === undefined) return undefined
  const binding = readBinding(body)
  if (binding.from === 'parent.inputs' || binding.from === 'inputs')
    return scope.inputs.get(binding.name)
  if (binding.from !== 'parent.jobs') return undefined
  const node = scope.jobs.get(binding.job)
  const component = node?.['component'] ?? node?.['trial']
  if (typeof component !== 'object' || component === null) return undefined
  const ports = (component as Value)[binding.port] as Record<string, Value> | undefined
  const port =
    ports !== undefined && Object.hasOwn(ports, binding.name) ? ports[binding.name] : undefined
  return port === undefined ? undefined : portOfInput(port)
}

/** An output's mode says nothing about how it is read. */
function isInputMode(mode: string): boolean {
  return mode !== 'rw_mount' && mode !== 'mount' && mode !== 'upload'
}
