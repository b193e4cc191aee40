import { soleBinding } from '../expressions/template.ts'
import { parseReference } from '../refs/parse.ts'
import { child, childText, type MapNode } from '../yaml/node.ts'
import { checkFields } from './check.ts'
import { kindOf } from './check-reference.ts'
import { checkLiteral, checkWord } from './check-scalar.ts'
import { checkCommandText } from './command.ts'
import { INVALID } from './invalid.ts'
import { below, type Place, report } from './place.ts'
import { inputTables, outputTable } from './tables/inputs.ts'

const INPUT_TYPES = [
  'uri_file',
  'uri_folder',
  'mltable',
  'custom_model',
  'mlflow_model',
  'triton_model',
]

/** An input's value: a literal, a binding, or an object with a path. */
export function readInput(place: Place): unknown {
  const { node } = place
  if (node.kind !== 'map') return readLiteral(place)
  const value = node.byName.get('value')
  if (value !== undefined && !node.byName.has('path') && !node.byName.has('type'))
    return readWrapped(place, node)
  const type = readType(place, node)
  const table = type === INVALID ? undefined : inputTables[type]
  if (table === undefined) return INVALID
  const found = checkFields(table, node, place)
  if (node.byName.has('path')) return finishInput(place, node, { type, ...found })
  report(place, {
    code: 'MissingField',
    severity: 'warning',
    message: `the input "${place.entry?.name ?? ''}" has no path yet`,
    hint: 'add "path:" before the job is submitted: a local path, azureml:<name>:<version> or an address',
    atKey: true,
  })
  return { type, ...found }
}

function readLiteral(place: Place): unknown {
  const value = checkLiteral(place)
  if (typeof value === 'string' && place.node.kind === 'scalar') checkExpressions(place, value)
  return value
}

/** `{value: x}` stands for x. */
function readWrapped(place: Place, node: MapNode): unknown {
  const entry = node.byName.get('value')
  for (const other of node.entries)
    if (other.name !== 'value')
      report(below(place, other), {
        code: 'UnknownField',
        message: `"${other.name}" is not a field beside "value"`,
        atKey: true,
      })
  return entry === undefined ? INVALID : checkLiteral(below(place, entry))
}

function readType(place: Place, node: MapNode): string | typeof INVALID {
  const entry = node.byName.get('type')
  if (entry === undefined) return 'uri_folder'
  return checkWord({ kind: 'word', values: INPUT_TYPES }, below(place, entry)) as
    | string
    | typeof INVALID
}

function checkExpressions(place: Place, value: string): void {
  if (!value.includes('${{')) return
  if (soleBinding(value) === undefined) checkCommandText(place, value)
}

function finishInput(place: Place, node: MapNode, value: Record<string, unknown>): unknown {
  const path = childText(node, 'path')
  if (path !== undefined && soleBinding(path) !== undefined) {
    if (value['mode'] === undefined && value['datastore'] === undefined) return path
    const { type: _fromPort, ...rest } = value
    return { ...rest, path }
  }
  if (value['path'] === undefined) return INVALID
  if (path !== undefined) warnAboutPath(place, node, value)
  return value
}

/** What Azure would only find when the job runs: a folder given as a file, a table without MLTable. */
function warnAboutPath(place: Place, node: MapNode, value: Record<string, unknown>): void {
  const path = value['path']
  const entry = node.byName.get('path')
  if (typeof path !== 'string' || entry === undefined || !path.startsWith('/')) return
  if (parseReference(path, { kind: 'input' }).type !== 'local') return
  const { type } = value
  const warn = (message: string, hint?: string): void =>
    report(below(place, entry), { code: 'InvalidValue', severity: 'warning', message, hint })
  const kind = kindOf(place, path)
  if (type === 'uri_file' && kind === 'folder')
    warn(`${path} is a folder, and the type is uri_file`, 'write "type: uri_folder"')
  if (type === 'mltable' && kind === 'folder' && kindOf(place, `${path}/MLTable`) !== 'file')
    warn(`${path} holds no file named MLTable`, 'add one, or write "type: uri_folder"')
}

/** An output: an object, a binding to an output of the pipeline, or nothing at all. */
export function readOutput(place: Place): unknown {
  const { node } = place
  if (node.kind === 'scalar' && node.type === 'str') return readOutputText(place, node.text)
  if (node.kind !== 'map') {
    report(place, {
      code: 'InvalidValue',
      message: 'an output is a mapping with type, mode and path, or ${{parent.outputs.<name>}}',
    })
    return INVALID
  }
  const found: Record<string, unknown> = checkFields(outputTable, node, place)
  if (found['version'] !== undefined && child(node, 'name') === undefined)
    report(place, {
      code: 'MissingField',
      message: 'this output has a version but no name',
      hint: 'add "name:"; the version is that of the asset it is registered as',
      atKey: true,
    })
  const path = found['path']
  const isBound = typeof path === 'string' && soleBinding(path)?.from === 'parent.outputs'
  const more = Object.keys(found).filter((name) => name !== 'type' && name !== 'path')
  return isBound && more.length === 0 ? path : { type: 'uri_folder', ...found }
}

function readOutputText(place: Place, value: string): unknown {
  const binding = soleBinding(value)
  if (binding?.from === 'parent.outputs' || binding?.from === 'outputs') return value
  report(place, {
    code: 'BindingNotFound',
    message: `"${value}" is no output of the pipeline`,
    hint: 'write ${{parent.outputs.<name>}}, or a mapping with type and mode',
  })
  return INVALID
}
