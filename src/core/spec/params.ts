import { type MapEntry, type MapNode, mapNode, type ScalarNode, textNode } from '../yaml/node.ts'
import { Source } from '../yaml/source.ts'

/** The tree with options of the command line put over it: `-n`, `--version`, `--endpoint-name`… */
export function applyParams(root: MapNode, params: Readonly<Record<string, unknown>>): MapNode {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== null)
  if (given.length === 0) return root
  const entries = new Map<string, MapEntry>(root.entries.map((entry) => [entry.name, entry]))
  for (const [name, value] of given)
    entries.set(name, { name, key: keyNode(name), value: toNode(name, value) })
  return mapNode(root, [...entries.values()])
}

function keyNode(name: string): ScalarNode {
  return textNode(new Source(`--${name.replaceAll('_', '-')}`, name), name)
}

function toNode(name: string, value: unknown): ScalarNode | MapNode {
  const source = new Source(`--${name.replaceAll('_', '-')}`, String(value))
  if (typeof value !== 'object' || value === null) return textNode(source, String(value))
  const base = { source, start: 0, end: source.text.length }
  const entries = Object.entries(value).map(
    ([key, inner]): MapEntry => ({ name: key, key: keyNode(key), value: toNode(key, inner) }),
  )
  return mapNode(base, entries)
}
