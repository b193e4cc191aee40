import path from 'node:path'
import { needsContainer } from '../../core/environment/plan.ts'
import type { Diagnostic } from '../../core/errors.ts'
import { type Definition, type Definitions, type Need, needsOf } from './needs.ts'
import { type CheckedFile, readYamlFile } from './read-file.ts'
import { type Looking, yamlFilesBelow } from './yaml-files.ts'

type JobState = 'runs' | 'runs with substitutions' | 'needs' | 'not supported' | 'has errors'

/** What `amlet check` says of one job file. */
export interface JobCheck {
  readonly file: string
  readonly type: string
  readonly state: JobState
  readonly needs: readonly string[]
  readonly substitutions: readonly string[]
  readonly unsupported: readonly string[]
  /** Lines to paste, those that make it run first. */
  readonly lines: readonly string[]
  readonly errors: readonly Diagnostic[]
}

/** Every job file below a folder: does it run here, and if not, what makes it run. Asks no server. */
export function checkJobs(folder: string, cwd: string, looking: Looking): readonly JobCheck[] {
  const files = yamlFilesBelow(folder, looking).map((file) => readYamlFile(file, { cwd: folder }))
  const defined = definitionsOf(files, cwd)
  return files
    .filter((file) => file.kind === 'job' && file.isCertain)
    .map((file) => checkJob(file, folder, defined))
}

const ASSET_KINDS = new Set<string | undefined>(['data', 'model', 'environment', 'component'])

function definitionsOf(files: readonly CheckedFile[], cwd: string): Definitions {
  const defined = new Map<string, Definition>()
  for (const { kind, entity, file, diagnostics } of files) {
    const name = entity?.['name']
    const errors = diagnostics.filter(isError)
    // A file that is made later, by a download or another job, does not make the definition a wrong one.
    const isUsable = errors.every(({ code }) => code === 'FileNotFound')
    if (!isUsable || !ASSET_KINDS.has(kind) || typeof name !== 'string') continue
    defined.set(`${kind}:${name}`, {
      file: path.relative(cwd, file),
      version: versionOf(entity),
      missing: errors[0]?.message,
      needsContainer: kind === 'environment' && needsContainer(entity ?? {}),
    })
  }
  return defined
}

const isError = ({ severity }: Diagnostic) => severity !== 'warning'

function versionOf(entity: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const version = entity?.['version']
  return typeof version === 'string' ? version : undefined
}

function checkJob(file: CheckedFile, folder: string, defined: Definitions): JobCheck {
  const found = file.entity === undefined ? [] : needsOf(file.entity, defined)
  const errors = file.diagnostics.filter(isError)
  const of = (type: Need['type']): readonly Need[] => found.filter((need) => need.type === type)
  const lines = [...of('create'), ...of('substitution')].flatMap((need) =>
    'line' in need && need.line !== undefined && need.line !== '' ? [need.line] : [],
  )
  const texts = (type: Need['type']): readonly string[] => of(type).map((need) => need.what)
  return {
    file: path.relative(folder, file.file),
    type: String(file.entity?.['type'] ?? 'command'),
    state: stateOf(found, errors),
    needs: texts('create'),
    substitutions: texts('substitution'),
    unsupported: texts('unsupported'),
    lines: [...new Set(lines)],
    errors,
  }
}

function stateOf(found: readonly Need[], errors: readonly Diagnostic[]): JobState {
  if (found.some(({ type }) => type === 'unsupported')) return 'not supported'
  if (errors.length > 0) return 'has errors'
  if (found.some(({ type }) => type === 'create')) return 'needs'
  return found.length > 0 ? 'runs with substitutions' : 'runs'
}
