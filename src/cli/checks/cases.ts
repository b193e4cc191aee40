import { readFileSync } from 'node:fs'
import path from 'node:path'
import { AmletError, type Diagnostic } from '../../core/errors.ts'
import { type CheckedFile, readYamlFile } from './read-file.ts'

/** One case of `validate --list`. */
export interface ValidateCase {
  readonly id?: string | number
  readonly file: string
  readonly kind?: string | null
  /** `"--endpoint-name e --set a=b"`, or the words as a list. */
  readonly flags?: string | readonly string[] | null
}

/** What is printed of one case: one line of JSON. */
export interface CaseResult {
  readonly id: string | number
  readonly valid: boolean
  readonly errors: readonly FoundError[]
  readonly entity: Record<string, unknown> | null
}

interface FoundError {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly path: string
  readonly code: string
  readonly message: string
  readonly severity: 'error' | 'warning'
  readonly hint: string | null
}

/** The items of a JSON file, whatever they are. @throws AmletError `UsageError` when it is no array. */
export function readCases(file: string): readonly unknown[] {
  const text = readList(file)
  let cases: unknown
  try {
    cases = JSON.parse(text)
  } catch (cause) {
    throw new AmletError(usage(`${file} is no JSON`), [], { cause })
  }
  if (!Array.isArray(cases)) throw new AmletError(usage(`${file} is no array`))
  return cases
}

const EXAMPLE = 'write {"id": "a", "file": "job.yml", "kind": "job", "flags": "--name n"}'

function usage(message: string): Diagnostic {
  return { code: 'UsageError', message, hint: `${EXAMPLE} for each case, in [ ]` }
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

export interface CasePlace {
  /** Position in the list; the id of a case that has none. */
  readonly index: number
  readonly cwd: string
  readonly listFolder: string
}

/** Checks one case. Whatever is wrong with it is its own result, never that of another. */
export function runCase(given: unknown, place: CasePlace): CaseResult {
  const id = idOf(given) ?? place.index
  const problem = caseProblem(given)
  if (problem !== undefined) return refused(id, { code: 'UsageError', ...problem, hint: EXAMPLE })
  try {
    return checkCase(given as ValidateCase, id, place)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return refused(id, { code: 'InternalError', message })
  }
}

function idOf(given: unknown): string | number | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const { id, file } = given as Record<string, unknown>
  if (typeof id === 'string' || typeof id === 'number') return id
  return typeof file === 'string' ? file : undefined
}

function caseProblem(given: unknown): { message: string } | undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return { message: `${JSON.stringify(given)} is no case` }
  const { file, kind, flags } = given as Record<string, unknown>
  if (typeof file !== 'string') return { message: 'this case names no file' }
  if (kind !== undefined && kind !== null && typeof kind !== 'string')
    return { message: `${JSON.stringify(kind)} is no kind` }
  const isWords = Array.isArray(flags) && flags.every((word) => typeof word === 'string')
  if (flags !== undefined && flags !== null && typeof flags !== 'string' && !isWords)
    return { message: `${JSON.stringify(flags)} are no flags: a text, or a list of texts` }
  return undefined
}

function refused(id: string | number, problem: Diagnostic): CaseResult {
  return { id, valid: false, errors: [toFound(problem, '')], entity: null }
}

function checkCase(given: ValidateCase, id: string | number, place: CasePlace): CaseResult {
  const { params, overrides, missing } = readFlags(given.flags)
  if (missing !== undefined)
    return refused(id, {
      code: 'UsageError',
      message: `argument --${missing}: expected one argument`,
    })
  const { cwd } = place
  const inCwd = path.resolve(cwd, given.file)
  const beside = path.resolve(place.listFolder, given.file)
  const kind = given.kind ?? undefined
  const first = readYamlFile(inCwd, { kind, params, overrides, cwd })
  const isMissing = first.diagnostics[0]?.code === 'FileNotFound' && first.entity === undefined
  const checked =
    isMissing && beside !== inCwd ? readYamlFile(beside, { kind, params, overrides, cwd }) : first
  return toResult(id, checked)
}

export function toResult(id: string | number, checked: CheckedFile): CaseResult {
  return {
    id,
    valid: checked.isValid,
    errors: checked.diagnostics.map((found) => toFound(found, checked.file)),
    entity: checked.entity ?? null,
  }
}

function toFound({ code, message, severity, source, hint }: Diagnostic, file: string): FoundError {
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

/** Options of az that say nothing about a file. */
const NOT_OF_THE_FILE = new Set([
  'file',
  'resource_group',
  'workspace_name',
  'registry_name',
  'subscription',
  'output',
  'query',
  'stream',
  'web',
  'no_wait',
  'verbose',
  'debug',
  'only_show_errors',
])
const SWITCHES = new Set(['stream', 'web', 'no_wait', 'verbose', 'debug', 'only_show_errors'])

export interface CaseFlags {
  readonly params: Readonly<Record<string, string>>
  readonly overrides: readonly string[]
  /** An option without its value. */
  readonly missing?: string
}

/** Options of a create command as they beat the file: `--name`, `--endpoint-name`, `--set`… */
export function readFlags(flags: ValidateCase['flags']): CaseFlags {
  const words = typeof flags === 'string' ? splitWords(flags) : [...(flags ?? [])]
  const params: Record<string, string> = {}
  const overrides: string[] = []
  const take = (name: string | undefined, value: string): void => {
    if (name === 'set') overrides.push(value)
    else if (name !== undefined && !NOT_OF_THE_FILE.has(name)) params[name] = value
  }
  let option: string | undefined
  let isWaiting = false
  for (const word of words) {
    const named = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word)
    if (named?.[1] === undefined) {
      take(option, word)
      isWaiting = false
      continue
    }
    if (isWaiting && option !== undefined) return { params, overrides, missing: option }
    option = named[1].length === 1 ? LETTERS[named[1]] : named[1].replaceAll('-', '_')
    isWaiting = option !== undefined && named[2] === undefined && !SWITCHES.has(option)
    if (named[2] !== undefined) take(option, named[2])
  }
  return isWaiting && option !== undefined
    ? { params, overrides, missing: option }
    : { params, overrides }
}

function splitWords(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  )
}
