import { readFileSync } from 'node:fs'
import path from 'node:path'
import { AmletError, type Diagnostic } from '../../core/errors.ts'
import { type CheckedFile, readYamlFile } from './read-file.ts'

/** One case of `validate --list`. */
export interface ValidateCase {
  readonly id?: string | number
  readonly file: string
  readonly kind?: string
  /** `"--endpoint-name e --set a=b"`, or the words as a list. */
  readonly flags?: string | readonly string[]
}

/** What is printed of one case: one line of JSON. */
export interface CaseResult {
  readonly id: string | number
  readonly valid: boolean
  readonly errors: readonly FoundError[]
  readonly entity: Record<string, unknown> | null
}

export interface FoundError {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly path: string
  readonly code: string
  readonly message: string
  readonly severity: 'error' | 'warning'
  readonly hint: string | null
}

/** The cases of a JSON file. @throws AmletError `UsageError` when it is no array of them. */
export function readCases(file: string): readonly ValidateCase[] {
  const text = readList(file)
  let cases: unknown
  try {
    cases = JSON.parse(text)
  } catch (cause) {
    throw new AmletError(usage(`${file} is no JSON`), [], { cause })
  }
  if (!Array.isArray(cases) || !cases.every(isCase))
    throw new AmletError(usage(`${file} is no array of {"id", "file", "kind", "flags"}`))
  return cases
}

function usage(message: string): Diagnostic {
  return {
    code: 'UsageError',
    message,
    hint: 'write [{"id": "a", "file": "job.yml", "kind": "job"}]',
  }
}

function readList(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (cause) {
    throw new AmletError({ code: 'FileNotFound', message: `there is no file ${file}` }, [], {
      cause,
    })
  }
}

function isCase(value: unknown): value is ValidateCase {
  return (
    typeof value === 'object' && value !== null && 'file' in value && typeof value.file === 'string'
  )
}

/** Checks one case. Its file begins at `cwd`, or at the folder of the list. */
export function runCase(given: ValidateCase, cwd: string, listFolder: string): CaseResult {
  const { params, overrides } = readFlags(given.flags)
  const inCwd = path.resolve(cwd, given.file)
  const beside = path.resolve(listFolder, given.file)
  const first = readYamlFile(inCwd, { kind: given.kind, params, overrides, cwd })
  const missing = first.diagnostics[0]?.code === 'FileNotFound' && first.entity === undefined
  const checked =
    missing && beside !== inCwd
      ? readYamlFile(beside, { kind: given.kind, params, overrides, cwd })
      : first
  return toResult(given.id ?? given.file, checked)
}

export function toResult(id: string | number, checked: CheckedFile): CaseResult {
  return {
    id,
    valid: checked.isValid,
    errors: checked.diagnostics.map((found) => toFound(found, checked.file)),
    entity: checked.entity ?? null,
  }
}

export function toFound(
  { code, message, severity, source, hint }: Diagnostic,
  file: string,
): FoundError {
  return {
    file: source?.file ?? file,
    line: source?.line ?? 1,
    column: source?.column ?? 1,
    path: source?.path ?? '',
    code,
    message,
    severity: severity ?? 'error',
    hint: hint ?? null,
  }
}

const LETTERS: Readonly<Record<string, string>> = {
  n: 'name',
  v: 'version',
  e: 'endpoint_name',
  p: 'path',
}

/** Options of a create command as they beat the file: `--name`, `--endpoint-name`, `--set`… */
export function readFlags(flags: ValidateCase['flags']): {
  readonly params: Record<string, string>
  readonly overrides: readonly string[]
} {
  const words = typeof flags === 'string' ? splitWords(flags) : [...(flags ?? [])]
  const params: Record<string, string> = {}
  const overrides: string[] = []
  let option: string | undefined
  for (const word of words) {
    const named = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word)
    if (named?.[1] !== undefined) {
      option = named[1].length === 1 ? LETTERS[named[1]] : named[1].replaceAll('-', '_')
      if (named[2] !== undefined) take(option, named[2])
    } else take(option, word)
  }
  return { params, overrides }

  function take(name: string | undefined, value: string): void {
    if (name === 'set') overrides.push(value)
    else if (name !== undefined && name !== 'file') params[name] = value
  }
}

function splitWords(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  )
}
