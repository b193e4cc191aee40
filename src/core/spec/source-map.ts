import type { SourceRef } from '../errors.ts'
import type { MapEntry, YamlNode } from '../yaml/node.ts'
import type { Source } from '../yaml/source.ts'

/** Values that stand in a place of their own in the entity but not in the file. */
const THROUGH = new Set(['component', 'trial', 'job', 'create_job'])

/**
 * Where the values of an entity stand: `get('jobs.train.inputs.model.path')`. Goes into component files,
 * and looks through components that an inline step has been given. Gives the nearest place above for a
 * value that no file holds.
 */
export class SourceMap {
  readonly #root: YamlNode | undefined
  readonly #links: ReadonlyMap<YamlNode, YamlNode>
  readonly #source: Source

  constructor(root: YamlNode | undefined, links: ReadonlyMap<YamlNode, YamlNode>, source: Source) {
    this.#root = root
    this.#links = links
    this.#source = source
  }

  /** The place of a value; `''` is the file. */
  get(path: string): SourceRef {
    if (this.#root === undefined) return this.#source.at(0, '')
    const segments = path === '' ? [] : path.replaceAll(/\[(\d+)\]/g, '.$1').split('.')
    const found = this.#walk(this.#root, segments)
    return found.source.at(found.start, path)
  }

  #walk(root: YamlNode, segments: readonly string[]): YamlNode {
    let node = root
    let at = 0
    while (at < segments.length) {
      const step = this.#step(node, segments, at)
      if (step === undefined) {
        if (!THROUGH.has(segments[at] ?? '')) return node
        at += 1
      } else {
        node = step.node
        at += step.taken
      }
    }
    return node
  }

  #step(
    node: YamlNode,
    segments: readonly string[],
    at: number,
  ): { readonly node: YamlNode; readonly taken: number } | undefined {
    const linked = this.#links.get(node)
    if (linked !== undefined)
      return this.#step(linked, segments, at) ?? { node: linked, taken: 0 + 1 }
    if (node.kind === 'seq') {
      const found = node.items[Number(segments[at])]
      return found === undefined ? undefined : { node: found, taken: 1 }
    }
    if (node.kind !== 'map') return undefined
    const hit = longest(node.byName, segments, at)
    if (hit !== undefined) return { node: hit.entry.value, taken: hit.taken }
    const component = node.byName.get('component')?.value ?? node.byName.get('trial')?.value
    const inner = component === undefined ? undefined : this.#links.get(component)
    return inner === undefined ? undefined : this.#step(inner, segments, at)
  }
}

/** Names may hold dots (`group.item`): the longest key that the path begins with. */
function longest(
  byName: ReadonlyMap<string, MapEntry>,
  segments: readonly string[],
  at: number,
): { readonly entry: MapEntry; readonly taken: number } | undefined {
  for (let taken = Math.min(3, segments.length - at); taken > 0; taken -= 1) {
    const entry = byName.get(segments.slice(at, at + taken).join('.'))
    if (entry !== undefined) return { entry, taken }
  }
  return undefined
}
