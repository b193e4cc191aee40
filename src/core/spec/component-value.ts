import { parseReference } from '../refs/parse.ts'
import { didYouMean } from '../suggest.ts'
import { childText, toPlain, type YamlNode } from '../yaml/node.ts'
import { checkFields, pickTable } from './check.ts'
import { expectText, reportReference } from './check-reference.ts'
import type { Table, TaggedType } from './field.ts'
import { INVALID } from './invalid.ts'
import { folderOf } from './paths.ts'
import { absolute, type Place, report } from './place.ts'
import { readTree } from './read-file.ts'
import { anonymous, component } from './tables/component.ts'

/** How deep components may stand in components. */
const DEEPEST = 30

/**
 * The component that a step names: a reference stays text; a local file and a component written out
 * stand in the entity themselves. `type` is what the step says it is.
 */
export function readComponent(place: Place, type: string): unknown {
  if (place.node.kind === 'map') return checkAnonymous(place, place.node, type)
  const text = expectText(place, 'a component: a file, a reference or a mapping')
  if (text === undefined) return INVALID
  const found = parseReference(text, { kind: 'component' })
  if (found.type === 'problem') {
    reportReference(place, found)
    return INVALID
  }
  if (found.type === 'local') return readFile(place, absolute(place, found.path), type)
  if (found.type === 'asset' && found.version === undefined && found.label === undefined)
    warnDefault(place, text)
  if (found.type !== 'url' && found.type !== 'binding') return text
  report(place, {
    code: 'InvalidReference',
    message: `"${text}" names no component`,
    hint: 'write a path, azureml:<name>:<version>, or an address in a registry',
  })
  return INVALID
}

function warnDefault(place: Place, text: string): void {
  report(place, {
    code: 'InvalidReference',
    ...(place.load.isOffline ? {} : { severity: 'warning' }),
    message: `"${text}" names no version: the workspace's default one is meant`,
    hint: `write ${text}:<version> so that the job stays what it is`,
  })
}

function checkAnonymous(place: Place, node: YamlNode, type: string): unknown {
  if (node.kind !== 'map') return INVALID
  const tagged: TaggedType = { ...component, default: type }
  const table = pickTable(tagged, node, place)
  if (table === undefined) return INVALID
  const value = checkFields(relaxed(table), node, place)
  return { ...value, type: value['type'] ?? type }
}

const relaxedTables = new Map<Table, Table>()

function relaxed(table: Table): Table {
  const known = relaxedTables.get(table) ?? anonymous(table)
  relaxedTables.set(table, known)
  return known
}

/** A component file is read once a load, however many steps name it. */
function readFile(place: Place, path: string, type: string): unknown {
  const { memory, open, links } = place.load
  if (open.includes(path) || open.length > DEEPEST) {
    report(place, {
      code: 'PipelineCycle',
      message: open.includes(path)
        ? `${path} is a step of itself`
        : `components are nested more than ${DEEPEST} files deep`,
    })
    return INVALID
  }
  const root = readTree(place, path, 'component file')
  if (root === undefined) return INVALID
  if (root.kind !== 'map') {
    const message = `${path} is no component file: it holds no mapping`
    report(place, { code: 'InvalidValue', message })
    return INVALID
  }
  links.set(place.node, root)
  const key = `component:${type}:${path}`
  if (!memory.has(key)) {
    open.push(path)
    const inner: Place = { ...place, node: root, entry: undefined, baseDir: folderOf(path) }
    memory.set(key, readRoot(place, inner, { path, type }))
    open.pop()
  }
  return memory.get(key)
}

const FLOW_SCHEMA = /\/promptflow\/.*(?:flow|run)\.schema\.json$/i

/** A prompt flow may stand where a component is meant; it is kept as it is, and refused when it should run. */
function readRoot(place: Place, inner: Place, { path, type }: { path: string; type: string }) {
  const schema = childText(inner.node, '$schema') ?? ''
  if (FLOW_SCHEMA.test(schema))
    return { ...(toPlain(inner.node) as Record<string, unknown>), type: 'flow' }
  if (!isComponent(place, inner, path)) return INVALID
  const { diagnostics } = place.load
  const before = diagnostics.length
  const component = checkAnonymous(inner, inner.node, type)
  const isGood = diagnostics.slice(before).every(({ severity }) => severity === 'warning')
  if (isGood || !JOB_SCHEMA.test(schema)) return component
  diagnostics.length = before
  report(place, {
    code: 'WrongKind',
    message: `${path} is a job, not a component`,
    hint: 'move its steps to a component file, or name one of its components',
  })
  return INVALID
}

const JOB_SCHEMA = /Job\.(?:schema\.)?json$/i

const KIND_WORDS = [
  'command',
  'code',
  'environment',
  'jobs',
  'task',
  'type',
  'inputs',
  'outputs',
  'entry',
]

/** Any YAML file can be named by mistake; one that looks like no component is told where it is named. */
function isComponent(place: Place, inner: Place, path: string): boolean {
  const names = inner.node.kind === 'map' ? inner.node.entries.map((entry) => entry.name) : []
  if (names.some((name) => KIND_WORDS.includes(name))) return true
  report(place, {
    code: 'WrongKind',
    message: `${path} is no component file: it has none of ${KIND_WORDS.slice(0, 6).join(', ')}`,
    hint: names.map((name) => didYouMean(name, KIND_WORDS)).find((hint) => hint !== undefined),
  })
  return false
}
