import type { Diagnostic } from '../errors.ts'
import { withArticle } from '../suggest.ts'
import { child, childText, type YamlNode } from '../yaml/node.ts'
import type { Source } from '../yaml/source.ts'
import { type ParsedYaml, parseYaml } from '../yaml.ts'
import { checkValue } from './check.ts'
import { detectKind } from './detect.ts'
import { INVALID } from './invalid.ts'
import { ROOT_TYPES, type SpecKind } from './kind.ts'
import { applyOverrides } from './overrides.ts'
import { applyParams } from './params.ts'
import { type Load, type Place, report, type SpecFiles } from './place.ts'
import { SourceMap } from './source-map.ts'

export type { SpecKind } from './kind.ts'
export { SPEC_KINDS } from './kind.ts'
export type { SpecFiles } from './place.ts'
export { SourceMap } from './source-map.ts'

export interface LoadRequest {
  readonly kind: SpecKind
  /** Absolute path, or a name such as `<stdin>`. */
  readonly file: string
  readonly text: string
  /** The text read before, when it has been, by `parseYaml`. */
  readonly parsed?: ParsedYaml
  /** Folder that relative paths in the file begin at. */
  readonly baseDir: string
  /** `--set a.b=c`, in the order typed. */
  readonly overrides?: readonly string[]
  /** Options that beat the file: name, version, path, type… */
  readonly params?: Readonly<Record<string, unknown>>
  readonly files: SpecFiles
  /**
   * Set where no workspace is at hand that could say which version a component without one is: such a
   * reference is then an error instead of a warning.
   */
  readonly isOffline?: boolean
}

export interface LoadResult {
  readonly kind: SpecKind
  /** Present when the file is a mapping; whole only when no diagnostic is an error. */
  readonly entity?: Record<string, unknown>
  readonly diagnostics: readonly Diagnostic[]
  /** Where each value of the entity stands, also in component files. */
  readonly sources: SourceMap
  /** Every file that was read besides the one given. */
  readonly files: readonly string[]
}

/**
 * Reads a YAML file of a kind: checks it against the field tables, follows the files it names, and gives
 * the entity and all problems at once. Pure: the same request and the same disk give the same result.
 * Never throws on bad input.
 */
export function loadEntity(request: LoadRequest): LoadResult {
  const parsed = request.parsed ?? parseYaml(request.text, request.file)
  const diagnostics: Diagnostic[] = [...parsed.diagnostics]
  const hasSyntaxError = parsed.root === undefined && diagnostics.length > 0
  if (hasSyntaxError) return empty(request, diagnostics, parsed.source)
  if (parsed.root === undefined || parsed.root.kind !== 'map') {
    const isEmpty =
      parsed.root === undefined || (parsed.root.kind === 'scalar' && parsed.root.type === 'null')
    const hint = 'a file begins with lines such as "name: value"'
    const message = isEmpty ? `${request.file} is empty` : `${request.file} holds no mapping`
    diagnostics.push({ code: 'InvalidValue', message, source: parsed.source.at(0, ''), hint })
    return empty(request, diagnostics, parsed.source)
  }
  const load = newLoad(request, diagnostics)
  const set = applyOverrides(parsed.root, request.overrides ?? [], diagnostics)
  const root = applyParams(set, request.params ?? {})
  return check(request, load, root)
}

function newLoad({ files, isOffline = false }: LoadRequest, diagnostics: Diagnostic[]): Load {
  return {
    files,
    isOffline,
    diagnostics,
    read: new Set(),
    links: new Map(),
    memory: new Map(),
    open: [],
  }
}

function empty(
  request: LoadRequest,
  diagnostics: readonly Diagnostic[],
  source: Source,
): LoadResult {
  const sources = new SourceMap(undefined, new Map(), source)
  return { kind: request.kind, diagnostics, sources, files: [] }
}

function check(request: LoadRequest, load: Load, root: YamlNode): LoadResult {
  const { kind, baseDir, file } = request
  load.open.push(file)
  const place: Place = { load, node: root, entry: undefined, path: '', baseDir }
  const sources = new SourceMap(root, load.links, root.source)
  const wrong = reportWrongKind(place, kind)
  const found = wrong ? INVALID : checkValue(ROOT_TYPES[kind], place)
  if (!wrong) warnAboutSchema(place, kind)
  const result = {
    kind,
    diagnostics: sorted(load.diagnostics, file),
    sources,
    files: [...load.read],
  }
  return found === INVALID ? result : { ...result, entity: found as Record<string, unknown> }
}

/** Problems of the file itself in the order of its lines, then those of files that it names. */
function sorted(diagnostics: readonly Diagnostic[], file: string): readonly Diagnostic[] {
  const rank = (found: Diagnostic): number => (found.source?.file === file ? 0 : 1)
  const line = (found: Diagnostic): number => found.source?.line ?? 0
  return diagnostics
    .map((found, index) => ({ found, index }))
    .sort((a, b) => {
      const byFile = rank(a.found) - rank(b.found)
      if (byFile !== 0) return byFile
      const byLine = rank(a.found) === 0 ? line(a.found) - line(b.found) : 0
      return byLine === 0 ? a.index - b.index : byLine
    })
    .map(({ found }) => found)
}

/** A file of another kind gives one message with the verb to use, not a list of unknown fields. */
function reportWrongKind(place: Place, kind: SpecKind): boolean {
  const { kind: found, certain } = detectKind(place.node)
  if (found === undefined || found === kind || !certain) return false
  report(place, {
    code: 'WrongKind',
    message: `this file describes ${nounOf(found)}, not ${nounOf(kind)}`,
    hint: `use "amlet ${found} create -f ${place.node.source.file.split('/').at(-1) ?? ''}"`,
  })
  return true
}

function nounOf(kind: SpecKind): string {
  return kind === 'data' ? 'a data asset' : withArticle(kind.replace('-', ' '))
}

/** `$schema` chooses nothing, but one that names another kind misleads editors and readers. */
function warnAboutSchema(place: Place, kind: SpecKind): void {
  const schema = childText(place.node, '$schema')
  const entry = place.node.kind === 'map' ? place.node.byName.get('$schema') : undefined
  const value = child(place.node, '$schema')
  if (schema === undefined || entry === undefined || value === undefined) return
  const named = schemaKind(schema)
  if (named === undefined || named === kind) return
  const name = schema.split('/').at(-1) ?? schema
  report(
    { ...place, node: value, entry, path: '$schema' },
    {
      code: 'WrongKind',
      severity: 'warning',
      message: `$schema names ${nounOf(named)}, and this is read as ${nounOf(kind)}`,
      offset: Math.max(schema.lastIndexOf(name), 0),
      hint: `take the $schema of ${nounOf(kind)}`,
    },
  )
}

const SCHEMA_KINDS: readonly (readonly [RegExp, SpecKind])[] = [
  [/OnlineDeployment/i, 'online-deployment'],
  [/OnlineEndpoint/i, 'online-endpoint'],
  [/BatchDeployment/i, 'batch-deployment'],
  [/batchEndpoint/i, 'batch-endpoint'],
  [/Component\.schema|Component\.json/i, 'component'],
  [/Job\.schema|Job\.json/i, 'job'],
  [/schedule/i, 'schedule'],
  [/environment\.schema/i, 'environment'],
  [/model\.schema/i, 'model'],
  [/\/data\.schema/i, 'data'],
  [/compute|Compute/, 'compute'],
  [/azureBlob|azureFile|azureDataLake/i, 'datastore'],
]

/** The kind that a `$schema` address names, when it is one of ours. */
export function schemaKind(schema: string): SpecKind | undefined {
  return SCHEMA_KINDS.find(([pattern]) => pattern.test(schema))?.[1]
}
