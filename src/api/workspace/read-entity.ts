import path from 'node:path'
import { AmletError, type Diagnostic, throwOnErrors } from '../../core/errors.ts'
import type { SpecKind } from '../../core/spec/load.ts'
import type { Fields, Values } from '../route.ts'
import { localSources, type SourceTree } from '../source-tree.ts'
import { KeptReadings, type Reading } from './kept-readings.ts'

/** The fields of a `YamlBody`. */
export const YAML_FIELDS = {
  file: { type: 'string', doc: 'Absolute path of the YAML; paths inside begin at its folder' },
  text: { type: 'string', doc: 'The raw text, where the server cannot read the file itself' },
  cwd: {
    type: 'string',
    required: true,
    doc: 'Absolute folder that relative paths of options begin at',
  },
  set: { type: 'strings', doc: '`path=value`, in the order typed' },
  params: { type: 'object', doc: 'Options that beat the file: name, version, path…' },
  strict: { type: 'boolean', doc: 'Refuses every substitution' },
  registry: { type: 'string', doc: 'Registry to create in, instead of the workspace' },
  progress: {
    type: 'string',
    doc: 'A name of your own, under which GET /progress/{name} tells how much has been read meanwhile',
  },
  uploads: { type: 'object', doc: 'What the client has at the paths that an answer 202 asked for' },
} as const satisfies Fields

export type YamlValues = Values<typeof YAML_FIELDS>

export interface ReadEntity {
  readonly entity: Record<string, unknown>
  readonly warnings: readonly Diagnostic[]
  readonly sources: Reading['sources']
}

const KEPT = new KeptReadings()

/**
 * The entity of a YAML body.
 *
 * @throws AmletError with every problem of the file; what amlet does not run comes first.
 */
export async function readEntity(
  kind: SpecKind,
  body: YamlValues,
  tree: SourceTree,
): Promise<ReadEntity> {
  const read = await checkEntity(kind, body, tree)
  const { entity, diagnostics, sources } = read
  throwOnErrors([...(await refuseNotRun(kind, read)), ...diagnostics])
  if (entity === undefined) throw new Error('a file without problems has an entity')
  return { entity: await tree.toServer(entity), warnings: diagnostics, sources }
}

/** What amlet reads but does not run, as errors. */
export async function refuseNotRun(
  kind: SpecKind,
  { entity, sources }: Reading,
): Promise<readonly Diagnostic[]> {
  const { findNotRun } = await import('../../core/spec/not-run.ts')
  return findNotRun(kind, entity ?? {}).map(({ path: at, message, hint }) => ({
    code: 'OperationNotSupported',
    message,
    source: sources.get(at),
    hint,
  }))
}

/**
 * The entity as far as it can be read, with all problems. Its paths are those of whoever sent it. Nobody may change it: a file
 * that is read again unchanged gives the same object.
 */
export async function checkEntity(
  kind: SpecKind,
  body: YamlValues,
  tree: SourceTree,
): Promise<Reading> {
  // Reading YAML is the heaviest thing to load and no part of the first answer.
  const { loadEntity } = await import('../../core/spec/load.ts')
  const text = await readText(body, tree)
  const file = body.file ?? '<options>'
  const { params } = body
  const request = {
    kind,
    file,
    text,
    baseDir: path.isAbsolute(file) ? path.dirname(file) : body.cwd,
    ...(body.set === undefined ? {} : { overrides: body.set }),
    ...(params === undefined ? {} : { params: absoluteParams(params, body) }),
    files: tree.files,
  }
  // What comes over TCP may lack files yet, and is laid out elsewhere each time.
  if (tree === localSources) return KEPT.read(request, loadEntity)
  const loaded = loadEntity(request)
  tree.expectAll()
  return loaded
}

/** The text of a YAML body; `{}` when options alone were given. */
export async function readText({ file, text }: YamlValues, tree: SourceTree): Promise<string> {
  if (text !== undefined) return text
  if (file === undefined) return '{}'
  const bytes = tree.files.read(file)
  tree.expectAll()
  if (bytes === undefined) throw noFile(file, tree)
  const { decodeYaml } = await import('../../core/yaml.ts')
  const decoded = typeof bytes === 'string' ? bytes : decodeYaml(bytes, file)
  if (typeof decoded === 'string') return decoded
  throw new AmletError(decoded)
}

/** What was typed on the command line begins at the caller's folder, what stands in the file at the file's. */
function absoluteParams(
  params: Readonly<Record<string, unknown>>,
  { file, cwd }: YamlValues,
): Readonly<Record<string, unknown>> {
  if (file === undefined || !path.isAbsolute(file)) return params
  const fields = ['path', 'conda_file', 'code'].filter((name) => isLocalPath(params[name]))
  const moved = fields.map((name) => [name, path.resolve(cwd, String(params[name]))])
  return { ...params, ...Object.fromEntries(moved) }
}

function isLocalPath(value: unknown): value is string {
  return typeof value === 'string' && !/^[a-z][a-z0-9+.-]*:/i.test(value)
}

function noFile(file: string, tree: SourceTree): AmletError {
  const isFolder = tree.files.kind(file) === 'folder'
  return new AmletError({
    code: 'FileNotFound',
    message: isFolder
      ? `${file} is a folder, not a YAML file`
      : `No such file or directory: ${file}`,
    hint: isFolder ? 'name the file in it' : 'check the path given with --file',
  })
}
