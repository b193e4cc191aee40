import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Diagnostic } from '../../core/errors.ts'
import { detectKind } from '../../core/spec/detect.ts'
import {
  type LoadResult,
  loadEntity,
  SPEC_KINDS,
  type SpecKind,
  schemaKind,
} from '../../core/spec/load.ts'
import { childText } from '../../core/yaml/node.ts'
import { decodeYaml, type ParsedYaml, parseYaml } from '../../core/yaml.ts'
import { DISK } from '../../files/disk.ts'

export interface FileOptions {
  /** Found from the fields of the file when it is left out. */
  readonly kind?: string | undefined
  readonly overrides?: readonly string[] | undefined
  readonly params?: Readonly<Record<string, unknown>> | undefined
  readonly cwd: string
  /** The text of the file, where it has been read; `-` is then not read again. */
  readonly text?: string | undefined
  /** Default true: no workspace is asked afterwards. See `LoadRequest`. */
  readonly isOffline?: boolean
}

/** What one file turned out to be. */
export interface CheckedFile {
  readonly file: string
  /** Undefined for a file that is of none of the kinds. */
  readonly kind: SpecKind | undefined
  readonly isValid: boolean
  readonly diagnostics: readonly Diagnostic[]
  readonly entity?: Record<string, unknown>
  /** True when the file itself says what it is, by a field that only one kind has or by `$schema`. */
  readonly isCertain: boolean
}

/** Reads and checks one file without a server. Problems are diagnostics; nothing is thrown. */
export function readYamlFile(typed: string, options: FileOptions): CheckedFile {
  const file = typed === '-' ? '<stdin>' : path.resolve(options.cwd, typed)
  const text = options.text ?? readText(typed, file)
  if (typeof text !== 'string') return failed(file, text)
  const wanted = options.kind
  if (wanted !== undefined && !isKind(wanted)) return failed(file, notRead(file, wanted))
  const parsed = parseYaml(text, file)
  const found = wanted === undefined ? kindOf(parsed) : { kind: wanted, isCertain: true }
  if (found.kind === undefined) return noKind(parsed, file)
  const result = loadEntity({
    kind: found.kind,
    file,
    text,
    parsed,
    baseDir: typed === '-' ? options.cwd : path.dirname(file),
    overrides: options.overrides ?? [],
    params: options.params ?? {},
    files: DISK,
    isOffline: options.isOffline ?? true,
  })
  return { ...toChecked(file, result), isCertain: found.isCertain }
}

function toChecked(file: string, { kind, diagnostics, entity }: LoadResult): CheckedFile {
  const isValid = diagnostics.every((found) => found.severity === 'warning')
  const checked = { file, kind, isValid, diagnostics, isCertain: true }
  return entity === undefined ? checked : { ...checked, entity: asShown(kind, entity) }
}

/** A pipeline component that is run as a job is shown by its steps, as `job show` does. */
export function asShown(kind: SpecKind, entity: Record<string, unknown>): Record<string, unknown> {
  if (kind !== 'job' || typeof entity['component'] !== 'object') return entity
  const { component: _component, ...shown } = entity
  return shown
}

function readText(typed: string, file: string): string | Diagnostic {
  try {
    const bytes = readFileSync(typed === '-' ? 0 : file)
    return decodeYaml(bytes, file)
  } catch {
    const isFolder = DISK.kind(file) === 'folder'
    return {
      code: 'FileNotFound',
      message: isFolder ? `${file} is a folder, not a YAML file` : `there is no file ${file}`,
      source: { file, line: 1, column: 1, path: '' },
    }
  }
}

function isKind(text: string): text is SpecKind {
  return (SPEC_KINDS as readonly string[]).includes(text)
}

function notRead(file: string, kind: string): Diagnostic {
  return {
    code: 'OperationNotSupported',
    message: `amlet reads no files of the kind "${kind}"`,
    source: { file, line: 1, column: 1, path: '' },
    hint: `the kinds are ${SPEC_KINDS.join(', ')}`,
  }
}

function failed(file: string, problem: Diagnostic): CheckedFile {
  return { file, kind: undefined, isValid: false, diagnostics: [problem], isCertain: false }
}

function kindOf({ root }: ParsedYaml): { kind: SpecKind | undefined; isCertain: boolean } {
  if (root === undefined) return { kind: undefined, isCertain: false }
  const { kind, certain } = detectKind(root)
  const schema = childText(root, '$schema')
  const saysSo = schema !== undefined && schemaKind(schema) === kind
  return { kind, isCertain: kind !== undefined && (certain || saysSo) }
}

function noKind({ diagnostics }: ParsedYaml, file: string): CheckedFile {
  if (diagnostics.length > 0)
    return { file, kind: undefined, isValid: false, diagnostics, isCertain: false }
  return failed(file, {
    code: 'WrongKind',
    message: `${file} is of none of the kinds that amlet reads`,
    source: { file, line: 1, column: 1, path: '' },
    hint: `the kinds are ${SPEC_KINDS.join(', ')}; "amlet <kind> validate -f" says which is meant`,
  })
}
