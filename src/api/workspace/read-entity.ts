import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { AmletError, type Diagnostic, throwOnErrors } from '../../core/errors.ts'
import type { SourceMap, SpecFiles, SpecKind } from '../../core/spec/load.ts'
import type { Fields, Values } from '../route.ts'

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
} as const satisfies Fields

export type YamlValues = Values<typeof YAML_FIELDS>

export interface ReadEntity {
  readonly entity: Record<string, unknown>
  readonly warnings: readonly Diagnostic[]
  readonly sources: SourceMap
}

export interface CheckedEntity {
  readonly entity: Record<string, unknown> | undefined
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: SourceMap
}

/**
 * The entity of a YAML body.
 *
 * @throws AmletError with every problem of the file.
 */
export async function readEntity(
  kind: SpecKind,
  body: YamlValues,
  isLocal: boolean,
): Promise<ReadEntity> {
  const { entity, diagnostics, sources } = await checkEntity(kind, body, isLocal)
  throwOnErrors(diagnostics)
  if (entity === undefined) throw new Error('a file without problems has an entity')
  return { entity, warnings: diagnostics, sources }
}

/** The entity as far as it can be read, with all problems. */
export async function checkEntity(
  kind: SpecKind,
  body: YamlValues,
  isLocal: boolean,
): Promise<CheckedEntity> {
  // Reading YAML is the heaviest thing to load and no part of the first answer.
  const { loadEntity } = await import('../../core/spec/load.ts')
  const text = await readText(body, isLocal)
  const file = body.file ?? '<options>'
  const { params } = body
  return loadEntity({
    kind,
    file,
    text,
    baseDir: path.isAbsolute(file) ? path.dirname(file) : body.cwd,
    ...(body.set === undefined ? {} : { overrides: body.set }),
    ...(params === undefined ? {} : { params: absoluteParams(params, body) }),
    files: isLocal ? LOCAL_FILES : NO_FILES,
  }) as CheckedEntity
}

async function readText({ file, text }: YamlValues, isLocal: boolean): Promise<string> {
  if (text !== undefined) return text
  if (file === undefined) return '{}'
  const bytes = isLocal ? LOCAL_FILES.read(file) : undefined
  if (bytes === undefined) throw noFile(file, isLocal)
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

function noFile(file: string, isLocal: boolean): AmletError {
  if (!isLocal)
    return new AmletError({
      code: 'UsageError',
      message: `the text of ${file} did not come with the request`,
      hint: 'over TCP the server reads no files by path; send `text`',
    })
  const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false
  return new AmletError({
    code: 'FileNotFound',
    message: isFolder
      ? `${file} is a folder, not a YAML file`
      : `No such file or directory: ${file}`,
    hint: isFolder ? 'name the file in it' : 'check the path given with --file',
  })
}

const LOCAL_FILES: SpecFiles = {
  read: (file) => {
    try {
      return readFileSync(file)
    } catch {
      return undefined
    }
  },
  kind: (file) => {
    const stats = statSync(file, { throwIfNoEntry: false })
    if (stats === undefined) return undefined
    return stats.isDirectory() ? 'folder' : 'file'
  },
}

const NO_FILES: SpecFiles = { read: () => undefined, kind: () => undefined }
