import { readBinding, soleBinding } from '../expressions/template.ts'
import { child, childText } from '../yaml/node.ts'
import { checkTexts, declaredNames } from './component-rule.ts'
import type { Scope } from './pipeline.ts'
import type { Place } from './place.ts'
import { typeOfLiteral } from './port.ts'

type Value = Record<string, unknown>

/** What is known of an input or output: its type, and whether it may be left out. */
export interface PortInfo {
  /** The literal that a pipeline's input is. */
  readonly literal?: unknown
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
  return { type: typeOfLiteral(input), literal: input }
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
    for (const field of fields) if (isOfComponent(node[field])) component[field] = node[field]
    if (node['outputs'] !== undefined)
      component['outputs'] = outputPorts(scope, name, node['outputs'] as Value)
    ;(scope.jobs as Map<string, Value>).set(name, withComponent(node, component))
  }
  for (const [name] of inline) addInputPorts(scope, name)
}

/** What is bound to the pipeline stays with the step: a component knows of no pipeline. */
function isOfComponent(value: unknown): boolean {
  return value !== undefined && !(typeof value === 'string' && /\$\{\{\s*parent\./.test(value))
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

function outputPorts(scope: Scope, step: string, outputs: Value): Value {
  const ports: Value = {}
  for (const [name, output] of Object.entries(outputs)) {
    const { type = 'uri_folder', mode } = outputPort(scope, step, { name, output })
    ports[name] = mode === undefined ? { type } : { type, mode }
  }
  return ports
}

/** `${{parent.outputs.x}}` alone takes type and mode of the pipeline's output; as a `path:` it takes neither. */
function outputPort(
  scope: Scope,
  step: string,
  { name, output }: { name: string; output: unknown },
): PortInfo {
  if (typeof output !== 'string') return portOfInput(output ?? {})
  const place = scope.nodePlaces.get(step)
  const written = place === undefined ? undefined : writtenPort(place, 'outputs', name)
  if (written?.kind === 'map') {
    const type = childText(written, 'type')
    return type === undefined ? {} : { type }
  }
  const bound = soleBinding(output)
  const target = bound !== undefined && 'name' in bound ? scope.outputs.get(bound.name) : undefined
  return portOfInput(target ?? {})
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
      inputPort(scope, value, childText(writtenPort(place, 'inputs', input), 'type')),
    ]),
  )
  if (node['inputs'] !== undefined) component['inputs'] = ports
  checkTexts(place, component, declaredNames(place))
}

/** An input or output of a step as it stands in the file. */
function writtenPort(place: Place, section: 'inputs' | 'outputs', name: string) {
  return child(child(place.node, section), name)
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
