import type { SourceRef } from '../errors.ts'
import type { YamlNode } from '../yaml/node.ts'

/** Where the lines of a conda specification stand. Serialisable: it goes with the job until the build. */
export interface CondaSource {
  /** The conda file, or the file that holds it inline. */
  readonly file: string
  /** Line and column, both from 1, by the dotted path below the specification: `dependencies.2.pip.0`. */
  readonly at: Readonly<Record<string, readonly [line: number, column: number]>>
}

/** The places of a conda specification's dependencies. */
export function condaSourceOf(root: YamlNode): CondaSource {
  const at: Record<string, readonly [number, number]> = {}
  const visit = (node: YamlNode, path: string): void => {
    const { line, column } = node.source.at(node.start)
    at[path] = [line, column]
    if (node.kind === 'seq')
      for (const [index, item] of node.items.entries()) visit(item, `${path}.${index}`)
    else if (node.kind === 'map')
      for (const { name, value } of node.entries) visit(value, `${path}.${name}`)
  }
  const dependencies = root.kind === 'map' ? root.byName.get('dependencies') : undefined
  if (dependencies !== undefined) visit(dependencies.value, 'dependencies')
  return { file: root.source.file, at }
}

/** File, line and column of a place below the conda specification; `undefined` when it is not known. */
export function locateConda(
  source: CondaSource | undefined,
  path: readonly (string | number)[],
): SourceRef | undefined {
  const dotted = path.join('.')
  const place =
    source !== undefined && Object.hasOwn(source.at, dotted) ? source.at[dotted] : undefined
  if (source === undefined || place === undefined) return undefined
  return { file: source.file, line: place[0], column: place[1], path: dotted }
}

const sources = new WeakMap<object, CondaSource>()

/**
 * Remembers where the content of a conda file was read from. The entity holds the content alone, as Azure's
 * does; what is remembered goes with the object and with nothing else.
 */
export function rememberCondaSource(content: object, source: CondaSource): void {
  sources.set(content, source)
}

/** Where that content was read from; `undefined` when it was not read from YAML in this process. */
export function recallCondaSource(content: object | undefined): CondaSource | undefined {
  return content === undefined ? undefined : sources.get(content)
}
