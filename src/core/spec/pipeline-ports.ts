import { soleBinding } from '../expressions/template.ts'
import { didYouMean, withArticle } from '../suggest.ts'
import { checkValue } from './check.ts'
import { boundType, type PortInfo } from './inline-component.ts'
import type { Scope } from './pipeline.ts'
import { below, type Place, report } from './place.ts'
import { checkAgainstPort, isPrimitive, portProblem } from './port.ts'
import { fieldPlace } from './sweep-rule.ts'

type Value = Record<string, unknown>

/** Compares what each step is given with what its component declares. */
export function checkNodePorts(scope: Scope): void {
  for (const [name, node] of scope.jobs) {
    const place = scope.nodePlaces.get(name)
    const component = node['component'] ?? node['trial']
    if (place === undefined || typeof component !== 'object' || component === null) continue
    checkInputs({ scope, place, node, component: component as Value })
    warnAboutOutputs(place, node, component as Value)
  }
}

/** The same for a step that stands by itself, as a job. */
export function checkNodeInputs(place: Place, node: Value, component: Value): void {
  checkInputs({ scope: undefined, place, node, component })
}

interface Step {
  /** Undefined for a step that is in no pipeline and so binds to nothing. */
  readonly scope: Scope | undefined
  readonly place: Place
  readonly node: Value
  readonly component: Value
}

function checkInputs({ scope, place, node, component }: Step): void {
  const ports = (component['inputs'] ?? {}) as Record<string, Value>
  const given = (node['inputs'] ?? {}) as Value
  const inputs = fieldPlace(place, 'inputs')
  for (const [name, value] of Object.entries(given)) {
    const port = Object.hasOwn(ports, name) ? ports[name] : undefined
    const at = inputPlace(inputs, name)
    if (port !== undefined) {
      if (isPath(value, port)) given[name] = readPathText(at, String(port['type']))
      else checkInput(scope, at, value, port)
      if (port['type'] === 'boolean') given[name] = asBoolean(value)
    } else if (!isGroup(ports, name)) {
      warnUnknown(at, name, Object.keys(ports), 'input')
      delete given[name]
    }
  }
  reportMissingInputs(place, { ports, given, node })
}

/** A text that is given to an input of data is its path, as Azure's client takes it. */
function isPath(value: unknown, port: Value): boolean {
  const { type } = port
  return (
    typeof value === 'string' && !value.includes('${{') && type !== undefined && !isPrimitive(type)
  )
}

function readPathText(place: Place, type: string): unknown {
  const path = checkValue(
    { kind: 'path', must: 'exist', orReference: 'input', orUrl: true, what: 'input' },
    place,
  )
  return { type: type === 'path' ? 'uri_folder' : type, path }
}

/** The official SDK writes true and false as 1 and 0. */
function asBoolean(value: unknown): unknown {
  if (value === 1) return true
  return value === 0 ? false : value
}

function inputPlace(inputs: Place, name: string): Place {
  const entry = inputs.node.kind === 'map' ? inputs.node.byName.get(name) : undefined
  return entry === undefined ? inputs : below(inputs, entry)
}

function isGroup(ports: Record<string, Value>, name: string): boolean {
  return Object.keys(ports).some((port) => port.startsWith(`${name}.`))
}

function warnUnknown(place: Place, name: string, known: readonly string[], kind: string): void {
  report(place, {
    code: 'UnknownField',
    severity: 'warning',
    message: `the component has no ${kind} "${name}"`,
    hint:
      didYouMean(name, known) ??
      (known.length === 0
        ? `it has no ${kind}s`
        : `its ${kind}s are ${known.slice(0, 12).join(', ')}`),
    atKey: true,
  })
}

function reportMissingInputs(
  place: Place,
  { ports, given, node }: { ports: Record<string, Value>; given: Value; node: Value },
): void {
  const varied = (node['search_space'] ?? {}) as Value
  const groups = Object.keys(given)
  for (const [name, port] of Object.entries(ports)) {
    if (port['optional'] === true || port['default'] !== undefined) continue
    if (Object.hasOwn(given, name) || Object.hasOwn(varied, name)) continue
    if (groups.some((group) => name.startsWith(`${group}.`)) || wasGiven(place, name)) continue
    report(fieldPlace(place, 'inputs'), {
      code: 'MissingField',
      message: `the input "${name}" of the component is not given`,
      hint: `add "${name}:" under "inputs:" of the step, ${withArticle(String(port['type']))}`,
      atKey: true,
    })
  }
}

/** True when the file gives the input, but with a value that did not pass: that has been told already. */
function wasGiven(place: Place, name: string): boolean {
  const inputs = fieldPlace(place, 'inputs')
  return inputs !== place && inputs.node.kind === 'map' && inputs.node.byName.has(name)
}

function checkInput(scope: Scope | undefined, place: Place, value: unknown, port: Value): void {
  const bound = boundText(value)
  const wantsLiteral = isPrimitive(port['type'])
  if (bound !== undefined) checkBound(scope, place, bound, port)
  else if (typeof value === 'object') {
    if (wantsLiteral && port['type'] !== 'string') reportKind(place, 'data', port)
  } else if (wantsLiteral) checkAgainstPort(place, value, port)
  else if (port['type'] !== undefined)
    reportKind(place, `the literal ${JSON.stringify(value)}`, port)
}

/** The expression that an input consists of, by itself or as its path. */
function boundText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.includes('${{') ? value : undefined
  const path = typeof value === 'object' && value !== null ? (value as Value)['path'] : undefined
  return typeof path === 'string' && soleBinding(path) !== undefined ? path : undefined
}

function reportKind(place: Place, given: string, port: Value): void {
  const type = String(port['type'])
  report(place, {
    code: 'InvalidValue',
    message: `${given} is given to an input of type ${type}`,
    hint: isPrimitive(type) ? `give it ${withArticle(type)}` : `write "type: ${type}" and "path:"`,
  })
}

function checkBound(scope: Scope | undefined, place: Place, text: string, port: Value): void {
  const from = scope === undefined ? undefined : boundType(scope, text)
  const { type } = port
  if (from?.type === undefined || type === undefined) return
  const isLiteral = isPrimitive(from.type)
  if (isLiteral && !isPrimitive(type))
    reportKind(place, `${text}, ${withArticle(from.type)},`, port)
  else if (!isLiteral && isPrimitive(type) && type !== 'string')
    reportKind(place, `${text}, ${withArticle(from.type)},`, port)
  else if (isPrimitive(type) && type !== 'string') checkBoundLiteral(place, text, { from, port })
  if (from.optional === true && port['optional'] !== true && port['default'] === undefined)
    report(place, {
      code: 'InvalidValue',
      message: `${text} is optional, and the input that it is given to is not`,
      hint: 'make the input of the component optional, or give the other one a default',
    })
}

/** A literal of the pipeline that the step's component cannot read. */
function checkBoundLiteral(
  place: Place,
  text: string,
  { from, port }: { readonly from: PortInfo; readonly port: Value },
): void {
  const problem = from.literal === undefined ? undefined : portProblem(from.literal, port)
  if (problem === undefined) return
  report(place, {
    code: 'InvalidValue',
    message: `${text} does not fit this input: ${problem}`,
    hint: 'give the input of the pipeline another value',
  })
}

function warnAboutOutputs(place: Place, node: Value, component: Value): void {
  const ports = Object.keys((component['outputs'] ?? {}) as Value)
  const outputs = fieldPlace(place, 'outputs')
  for (const name of Object.keys((node['outputs'] ?? {}) as Value))
    if (!ports.includes(name)) warnUnknown(inputPlace(outputs, name), name, ports, 'output')
}
