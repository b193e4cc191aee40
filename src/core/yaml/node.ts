import type { Source } from './source.ts'

/** What a scalar is in YAML 1.1 as PyYAML reads it. */
export type ScalarType = 'null' | 'bool' | 'int' | 'float' | 'timestamp' | 'str'

interface NodeBase {
  readonly source: Source
  /** Offsets into the text of `source`. */
  readonly start: number
  readonly end: number
}

export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar'
  /** The text after quotes, escapes and folding. */
  readonly text: string
  readonly style: 'plain' | 'quoted' | 'block'
  readonly type: ScalarType
  readonly value: null | boolean | number | string
}

export interface MapEntry {
  readonly key: ScalarNode
  /** The text of the key, whatever its type. */
  readonly name: string
  readonly value: YamlNode
}

export interface MapNode extends NodeBase {
  readonly kind: 'map'
  /** In the order of the file, merges (`<<`) carried out, without double keys. */
  readonly entries: readonly MapEntry[]
  readonly byName: ReadonlyMap<string, MapEntry>
}

interface SeqNode extends NodeBase {
  readonly kind: 'seq'
  readonly items: readonly YamlNode[]
}

export type YamlNode = ScalarNode | MapNode | SeqNode

/** A scalar that stands in no file: what `--set` or an option of the command line gives. */
export function textNode(source: Source, text: string, start = 0): ScalarNode {
  const type = text === '' ? 'null' : 'str'
  const value = text === '' ? null : text
  return {
    kind: 'scalar',
    source,
    start,
    end: start + text.length,
    text,
    style: 'quoted',
    type,
    value,
  }
}

export function mapNode(base: NodeBase, entries: readonly MapEntry[]): MapNode {
  const byName = new Map<string, MapEntry>()
  for (const entry of entries) byName.set(entry.name, entry)
  return {
    kind: 'map',
    source: base.source,
    start: base.start,
    end: base.end,
    entries,
    byName,
  }
}

/** The value under a key; undefined when the node is no map or has no such key. */
export function child(node: YamlNode | undefined, name: string): YamlNode | undefined {
  return node?.kind === 'map' ? node.byName.get(name)?.value : undefined
}

/** The text of a string scalar under a key; undefined for anything else. */
export function childText(node: YamlNode | undefined, name: string): string | undefined {
  const value = child(node, name)
  return value?.kind === 'scalar' && value.type === 'str' ? value.text : undefined
}

export function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.type === 'null'
}

/** Plain data of a node: maps are objects, a date is its text, as JSON can hold it. */
export function toPlain(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'seq') return node.items.map(toPlain)
  return Object.fromEntries(node.entries.map((entry) => [entry.name, toPlain(entry.value)]))
}
