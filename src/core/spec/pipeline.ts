import { bindingsOf } from '../expressions/template.ts'
import { closest } from '../suggest.ts'
import { findCycle } from './cycle.ts'
import { makeInlineComponents, type PortInfo, portOfInput } from './inline-component.ts'
import { bindNodes } from './pipeline-binding.ts'
import { checkNodePorts } from './pipeline-ports.ts'
import { below, type Place, report } from './place.ts'
import { fieldPlace } from './sweep-rule.ts'

type Value = Record<string, unknown>

const SECTIONS: readonly string[] = ['inputs', 'outputs']

/** What the checks of one pipeline, or pipeline component, share. */
export interface Scope {
  readonly place: Place
  readonly jobs: ReadonlyMap<string, Value>
  readonly nodePlaces: ReadonlyMap<string, Place>
  readonly inputs: ReadonlyMap<string, PortInfo>
  readonly outputs: ReadonlyMap<string, Value>
  /** Names of the inputs that something reads. */
  readonly used: Set<string>
  /** Of inputs and outputs, what is declared under a misspelt name: that has been told already. */
  readonly misnamed: readonly string[]
}

/**
 * Turns the inline steps of a pipeline into steps with a component, and reports what Azure finds late or
 * never: bindings to nothing, cycles, inputs that are missing or that no component takes. In a job a misspelt
 * `inputs` or `outputs` is an error of its own; in a component Azure passes over it, and what binds to it is wrong.
 */
export function finishPipeline(place: Place, value: Value, isJob = false): Scope {
  const jobs = new Map(Object.entries((value['jobs'] ?? {}) as Record<string, Value>))
  const scope: Scope = {
    place,
    jobs,
    nodePlaces: nodePlacesOf(place),
    inputs: declared(place, { name: 'inputs', value: value['inputs'], read: portOfInput }),
    outputs: declared(place, { name: 'outputs', value: value['outputs'], read: asPort }),
    used: new Set(),
    misnamed: isJob ? SECTIONS.filter((name) => isMisnamed(place, name)) : [],
  }
  makeInlineComponents(scope)
  value['jobs'] = Object.fromEntries(jobs)
  const edges = bindNodes(scope)
  checkNodePorts(scope)
  reportCycle(scope, edges)
  return scope
}

function isMisnamed({ node }: Place, name: string): boolean {
  if (node.kind !== 'map' || node.byName.has(name)) return false
  return node.entries.some(
    (entry) => !SECTIONS.includes(entry.name) && closest(entry.name, SECTIONS) === name,
  )
}

const asPort = (output: unknown) => output as Value

function nodePlacesOf(place: Place): ReadonlyMap<string, Place> {
  const entry = place.node.kind === 'map' ? place.node.byName.get('jobs') : undefined
  if (entry === undefined || entry.value.kind !== 'map') return new Map()
  const jobs = below(place, entry)
  return new Map(entry.value.entries.map((step) => [step.name, below(jobs, step)]))
}

/** What is declared counts, even where its value did not pass: that has been told already. */
function declared<T>(
  place: Place,
  { name, value, read }: { name: string; value: unknown; read: (item: unknown) => T },
): ReadonlyMap<string, T> {
  const section = fieldPlace(place, name).node
  const written = section !== place.node && section.kind === 'map' ? section.entries : []
  const checked = Object.entries((value ?? {}) as Record<string, unknown>)
  return new Map([
    ...written.map((entry) => [entry.name, read({})] as const),
    ...checked.map(([key, item]) => [key, read(item)] as const),
  ])
}

function reportCycle(scope: Scope, edges: ReadonlyMap<string, ReadonlySet<string>>): void {
  const cycle = findCycle(edges)
  const first = cycle?.[0]
  if (cycle === undefined || first === undefined) return
  const at = readsFrom(scope, first, cycle[1] ?? first)
  const chain = [...shortened(cycle), first].join(' → ')
  report(at ?? scope.nodePlaces.get(first) ?? scope.place, {
    code: 'PipelineCycle',
    message:
      cycle.length === 1
        ? `the step "${first}" reads its own output`
        : `these steps wait for one another: ${chain}`,
    hint: 'take one of the bindings away',
    ...(at === undefined ? { atKey: true } : {}),
  })
}

function shortened(cycle: readonly string[]): readonly string[] {
  if (cycle.length <= 10) return cycle
  return [...cycle.slice(0, 8), `${cycle.length - 9} more`, cycle.at(-1) ?? '']
}

/** The input of `step` that reads from `source`. */
function readsFrom(scope: Scope, step: string, source: string): Place | undefined {
  const place = scope.nodePlaces.get(step)
  const entry = place?.node.kind === 'map' ? place.node.byName.get('inputs') : undefined
  if (place === undefined || entry === undefined || entry.value.kind !== 'map') return undefined
  const inputs = below(place, entry)
  for (const input of entry.value.entries) {
    const at = below(inputs, input)
    const path = at.node.kind === 'map' ? at.node.byName.get('path') : undefined
    const inner = path === undefined ? at : below(at, path)
    if (inner.node.kind !== 'scalar') continue
    const reads = bindingsOf(inner.node.text).some(
      (found) => found.from === 'parent.jobs' && found.job === source,
    )
    if (reads) return inner
  }
  return undefined
}
