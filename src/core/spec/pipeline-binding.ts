import { type Binding, expressionsOf, parseTemplate } from '../expressions/template.ts'
import { didYouMean } from '../suggest.ts'
import type { YamlNode } from '../yaml/node.ts'
import type { Scope } from './pipeline.ts'
import { below, isFull, item, type Place, report } from './place.ts'

type Value = Record<string, unknown>

/** Fields whose expressions are filled in when a process starts: not this pipeline's to look up. */
const LATER = new Set(['component', 'trial', 'command', 'task', 'input_data', 'outputs', 'inputs'])

/** Looks up what every step binds to. Gives which steps each one reads from. */
export function bindNodes(scope: Scope): ReadonlyMap<string, ReadonlySet<string>> {
  const edges = new Map<string, Set<string>>()
  for (const [name, place] of scope.nodePlaces) {
    const reads = new Set<string>()
    if (scope.jobs.has(name)) bindNode(scope, place, reads)
    edges.set(name, reads)
  }
  return edges
}

function bindNode(scope: Scope, place: Place, reads: Set<string>): void {
  if (place.node.kind !== 'map') return
  for (const entry of place.node.entries) {
    const at = below(place, entry)
    if (entry.name === 'inputs')
      walk(at, (found) => bindText(scope, found, { reads, port: 'input' }))
    else if (entry.name === 'outputs')
      walk(at, (found) => bindText(scope, found, { reads, port: 'output' }))
    else if (!LATER.has(entry.name))
      walk(at, (found) => bindText(scope, found, { reads, port: 'field' }))
  }
}

/** Every text below a place that holds an expression. */
function walk(place: Place, visit: (place: Place) => void): void {
  const { node } = place
  if (node.kind === 'map') for (const entry of node.entries) walk(below(place, entry), visit)
  else if (node.kind === 'seq')
    for (const [index, value] of node.items.entries()) walk(item(place, value, index), visit)
  else if (hasExpression(node)) visit(place)
}

function hasExpression(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.type === 'str' && node.text.includes('${{')
}

interface Use {
  readonly reads: Set<string>
  readonly port: 'input' | 'output' | 'field'
}

function bindText(scope: Scope, place: Place, use: Use): void {
  if (place.node.kind !== 'scalar' || isFull(scope.place.load)) return
  for (const part of expressionsOf(parseTemplate(place.node.text))) {
    const found = look(scope, part.binding, use)
    if (found !== undefined)
      report(place, { code: 'BindingNotFound', ...found, offset: part.start })
  }
}

interface Missing {
  readonly message: string
  readonly hint?: string | undefined
}

function look(scope: Scope, binding: Binding, use: Use): Missing | undefined {
  switch (binding.from) {
    case 'parent.inputs':
      return lookInput(scope, binding.name)
    case 'inputs':
      return use.port === 'field' ? undefined : lookInput(scope, binding.name)
    case 'parent.outputs':
    case 'outputs':
      return lookOutput(scope, binding.name, use)
    case 'parent.jobs':
      return lookJob(scope, binding, use)
    case 'macro':
      return undefined
    case 'search_space':
      return use.port === 'field' ? undefined : notHere(`search_space.${binding.name}`)
    case 'unknown':
      return notHere(binding.name)
  }
}

const FORMS = ['parent.inputs', 'parent.outputs', 'parent.jobs', 'inputs', 'outputs'] as const

function notHere(name: string): Missing {
  const head = name.split('.').slice(0, 2).join('.')
  return {
    message: `"\${{${name}}}" names nothing in a pipeline`,
    hint:
      didYouMean(head, FORMS) ??
      'write ${{parent.inputs.<name>}} or ${{parent.jobs.<step>.outputs.<name>}}',
  }
}

function lookInput(scope: Scope, name: string): Missing | undefined {
  scope.used.add(name)
  if (scope.inputs.has(name) || scope.misnamed.includes('inputs')) return undefined
  const known = [...scope.inputs.keys()]
  const group = known.find((input) => input.startsWith(`${name}.`))
  if (group !== undefined) {
    for (const input of known) if (input.startsWith(`${name}.`)) scope.used.add(input)
    return undefined
  }
  return {
    message: `the pipeline has no input "${name}"`,
    hint:
      didYouMean(name, known) ??
      (known.length === 0 ? 'declare it under "inputs:"' : `its inputs are ${short(known)}`),
  }
}

function lookOutput(scope: Scope, name: string, use: Use): Missing | undefined {
  if (use.port === 'input')
    return {
      message: `an input cannot read the pipeline's output "${name}"`,
      hint: 'bind to the step that writes it: ${{parent.jobs.<step>.outputs.<name>}}',
    }
  if (scope.outputs.has(name) || scope.misnamed.includes('outputs')) return undefined
  const known = [...scope.outputs.keys()]
  return {
    message: `the pipeline has no output "${name}"`,
    hint:
      didYouMean(name, known) ??
      (known.length === 0 ? `declare it under "outputs:"` : `its outputs are ${short(known)}`),
  }
}

function lookJob(
  scope: Scope,
  binding: Extract<Binding, { from: 'parent.jobs' }>,
  use: Use,
): Missing | undefined {
  if (!scope.nodePlaces.has(binding.job)) {
    const known = [...scope.nodePlaces.keys()]
    return {
      message: `the pipeline has no step "${binding.job}"`,
      hint: didYouMean(binding.job, known) ?? `its steps are ${short(known)}`,
    }
  }
  const ports = portsOf(scope.jobs.get(binding.job), binding.port)
  if (ports === undefined || ports.includes(binding.name)) {
    if (binding.port === 'outputs') use.reads.add(binding.job)
    return undefined
  }
  const kind = binding.port.slice(0, -1)
  return {
    message: `the step "${binding.job}" has no ${kind} "${binding.name}"`,
    hint:
      didYouMean(binding.name, ports) ??
      (ports.length === 0 ? `it has no ${kind}s` : `its ${kind}s are ${short(ports)}`),
  }
}

/** The names of a step's ports; undefined where its component is not at hand. */
function portsOf(
  node: Value | undefined,
  port: 'inputs' | 'outputs',
): readonly string[] | undefined {
  if (node === undefined) return undefined
  const component = node['component'] ?? node['trial']
  if (typeof component !== 'object' || component === null) return undefined
  const declared = Object.keys(((component as Value)[port] ?? {}) as Value)
  return [...new Set([...declared, ...Object.keys((node[port] ?? {}) as Value)])]
}

function short(names: readonly string[]): string {
  return names.length <= 12 ? names.join(', ') : `${names.slice(0, 12).join(', ')}, …`
}
