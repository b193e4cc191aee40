import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { LoadResult, SpecFiles, SpecKind } from '../../src/core/spec/load.ts'
import { loadEntity } from '../../src/core/spec/load.ts'
import { decodeYaml } from '../../src/core/yaml.ts'

/** Where the corpus is: `AMLET_SHARED`, or `shared` beside the project. Undefined when it is not on this machine. */
export function corpusFolder(): string | undefined {
  const shared = process.env['AMLET_SHARED'] ?? path.resolve(import.meta.dirname, '../../../shared')
  const folder = path.join(shared, 'corpus')
  return existsSync(path.join(folder, 'index.json')) ? folder : undefined
}

export interface CorpusCase {
  readonly path: string
  readonly golden: string
  readonly kind: SpecKind
  readonly type: string
  readonly scope: 'core' | 'extra'
  readonly accepted: boolean
  readonly notes: string
}

export interface BrokenCase {
  readonly name: string
  readonly path: string
  readonly kind: SpecKind
  readonly category: string
  readonly expect: 'must_reject' | 'should_reject' | 'may_warn' | 'accept'
  readonly control: boolean
}

export interface Golden {
  readonly entity?: unknown
  readonly lint?: readonly string[]
  readonly where?: { readonly line: number; readonly column: number }
  readonly with_cli_flags?: { readonly flags: string; readonly accepted: boolean }
}

export function readIndex(folder: string): {
  readonly cases: readonly CorpusCase[]
  readonly broken: readonly BrokenCase[]
} {
  return JSON.parse(readFileSync(path.join(folder, 'index.json'), 'utf8'))
}

export function readGolden(file: string): Golden {
  return JSON.parse(readFileSync(file, 'utf8'))
}

export const DISK: SpecFiles = {
  read: (file) => (existsSync(file) ? readFileSync(file) : undefined),
  kind: (file) => {
    const stats = statSync(file, { throwIfNoEntry: false })
    return stats === undefined ? undefined : stats.isDirectory() ? 'folder' : 'file'
  },
  list: (folder) => readdirSync(folder),
}

export function loadFile(
  file: string,
  kind: SpecKind,
  params: Record<string, unknown> = {},
): Pick<LoadResult, 'diagnostics' | 'entity'> {
  const text = decodeYaml(readFileSync(file), file)
  if (typeof text !== 'string') return { diagnostics: [text] }
  return loadEntity({
    kind,
    file,
    text,
    baseDir: path.dirname(file),
    files: DISK,
    params,
    isOffline: true,
  })
}

export function isValid({ diagnostics }: Pick<LoadResult, 'diagnostics'>): boolean {
  return diagnostics.every((found) => found.severity === 'warning')
}
