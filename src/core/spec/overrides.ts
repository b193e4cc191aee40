import type { Diagnostic } from '../errors.ts'
import {
  isNull,
  type MapEntry,
  type MapNode,
  mapNode,
  type ScalarNode,
  textNode,
  type YamlNode,
} from '../yaml/node.ts'
import { Source } from '../yaml/source.ts'
import { parseYaml } from '../yaml.ts'

/** `--set` of create and validate: one step of a path is a key or a list index. */
type Step = string | number

interface Override {
  readonly source: Source
  readonly path: readonly Step[]
  readonly value: YamlNode
}

/**
 * Lays `--set a.b=c` over a tree, in order. The value is text, which the field's type reads; `a.b:={…}`
 * gives JSON. Missing levels are made; what a reference string stands for cannot be changed.
 */
export function applyOverrides(
  root: MapNode,
  overrides: readonly string[],
  diagnostics: Diagnostic[],
): MapNode {
  let tree = root
  for (const text of overrides) {
    const override = readOverride(text, diagnostics)
    if (override === undefined) continue
    const changed = put(tree, override, 0, diagnostics)
    if (changed?.kind === 'map') tree = changed
  }
  return tree
}

function readOverride(text: string, diagnostics: Diagnostic[]): Override | undefined {
  const source = new Source('--set', text)
  const stop = text.indexOf('=')
  if (stop <= 0) {
    const message = `"${text}" sets nothing`
    diagnostics.push({
      code: 'UsageError',
      message,
      source: source.at(0, ''),
      hint: 'write --set path=value, for example --set inputs.lr=0.1',
    })
    return undefined
  }
  const isJson = text[stop - 1] === ':'
  const path = readPath(text.slice(0, isJson ? stop - 1 : stop))
  const value = isJson
    ? readJson(text, stop + 1, diagnostics)
    : textNode(source, text.slice(stop + 1), stop + 1)
  return value === undefined ? undefined : { source, path, value }
}

/** A value behind `:=`: JSON, read with positions in the text of the option. */
function readJson(text: string, from: number, diagnostics: Diagnostic[]): YamlNode | undefined {
  try {
    JSON.parse(text.slice(from))
  } catch {
    diagnostics.push({
      code: 'UsageError',
      message: `what stands behind ":=" in "${text}" is no JSON`,
      source: new Source('--set', text).at(from, ''),
      hint: 'write --set \'inputs.data:={"type": "uri_file", "path": "./data.csv"}\'',
    })
    return undefined
  }
  return parseYaml(text.slice(from), '--set').root
}

/** `a.b[0].c`, with `\.` for a dot inside a name. */
function readPath(text: string): readonly Step[] {
  const steps: Step[] = []
  let name = ''
  const flush = (): void => {
    if (name !== '') steps.push(name)
    name = ''
  }
  for (let at = 0; at < text.length; at += 1) {
    const index = text[at] === '[' ? /^\[(-?\d+)\]/.exec(text.slice(at, at + 20)) : null
    if (text[at] === '\\' && /[.[\]\\]/.test(text[at + 1] ?? '')) {
      name += text[at + 1]
      at += 1
    } else if (text[at] === '.') flush()
    else if (index?.[1] !== undefined) {
      flush()
      steps.push(Number(index[1]))
      at += index[0].length - 1
    } else name += text[at]
  }
  flush()
  return steps
}

const LONGEST_LIST = 10_000

function put(
  node: YamlNode | undefined,
  override: Override,
  at: number,
  diagnostics: Diagnostic[],
): YamlNode | undefined {
  const step = override.path[at]
  if (step === undefined) return override.value
  if (node?.kind === 'scalar' && !isNull(node)) return refuse(override, node, diagnostics)
  const index =
    typeof step === 'number'
      ? step
      : node?.kind === 'seq' && /^\d+$/.test(step)
        ? Number(step)
        : undefined
  if (index !== undefined && node?.kind !== 'map')
    return putItem(node, { override, at, index }, diagnostics)
  if (node?.kind === 'seq') return notAnIndex(override, String(step), diagnostics)
  const name = String(step)
  const map = node?.kind === 'map' ? node : undefined
  const value = put(map?.byName.get(name)?.value, override, at + 1, diagnostics)
  if (value === undefined) return undefined
  const key = map?.byName.get(name)?.key ?? keyNode(override, name)
  const entries: MapEntry[] = map?.entries.filter((entry) => entry.name !== name) ?? []
  return mapNode(map ?? override.value, [...entries, { key, name, value }])
}

function putItem(
  node: YamlNode | undefined,
  { override, at, index: typed }: { override: Override; at: number; index: number },
  diagnostics: Diagnostic[],
): YamlNode | undefined {
  const items = node?.kind === 'seq' ? [...node.items] : []
  const index = typed < 0 ? items.length + typed : typed
  if (index < 0 || index > LONGEST_LIST) {
    const message = `the index ${typed} in "${override.source.text}" is too ${index < 0 ? 'small' : 'large'}`
    diagnostics.push({ code: 'UsageError', message, source: override.source.at(0, '') })
    return undefined
  }
  const value = put(items[index], override, at + 1, diagnostics)
  if (value === undefined) return undefined
  while (items.length < index) items.push(textNode(override.source, ''))
  items[index] = value
  const { source, start, end } = node ?? override.value
  return { kind: 'seq', source, start, end, items }
}

function keyNode(override: Override, name: string): ScalarNode {
  const start = Math.max(override.source.text.indexOf(name), 0)
  return { ...textNode(override.source, name, start) }
}

function notAnIndex(override: Override, name: string, diagnostics: Diagnostic[]): undefined {
  diagnostics.push({
    code: 'UsageError',
    message: `"${name}" in "${override.source.text}" is a name, and what it stands in is a list`,
    source: override.source.at(0, ''),
    hint: 'write the place in the list, for example [0]',
  })
  return undefined
}

function refuse(override: Override, node: ScalarNode, diagnostics: Diagnostic[]): undefined {
  diagnostics.push({
    code: 'UsageError',
    message: `"${override.source.text}" would change what the text "${node.text}" stands for`,
    source: override.source.at(0, ''),
    hint: 'set the whole value, or change the file that it names',
  })
  return undefined
}
