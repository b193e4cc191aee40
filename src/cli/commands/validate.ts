import { readFileSync } from 'node:fs'
import path from 'node:path'
import { AmletError, type Diagnostic } from '../../core/errors.ts'
import { DISK } from '../../files/disk.ts'
import type { CheckedFile } from '../checks/read-file.ts'
import { yamlFilesBelow } from '../checks/yaml-files.ts'
import type { Context } from '../context.ts'
import type { Args } from '../grammar/args.ts'
import type { Run } from '../grammar/command.ts'
import type { Outcome } from '../output/outcome.ts'
import { formatDiagnostic } from '../print-error.ts'
import { checkSet, yamlBody } from './yaml-body.ts'

/** `amlet validate FILE|FOLDER…`: every file named, and of folders all that say what they are. Exit code 1 on a problem. */
export const validateFiles: Run = async (context, args) => {
  const list = args.text('list')
  if (list !== undefined) return validateList(list, context)
  const { readYamlFile } = await import('../checks/read-file.ts')
  const overrides = args.list('set')
  checkSet(overrides)
  const checked: CheckedFile[] = []
  const warn = (text: string) => context.log.warning(text)
  for (const typed of args.words.length === 0 ? ['.'] : args.words) {
    const full = path.resolve(context.cwd, typed)
    const isFolder = typed !== '-' && DISK.kind(full) === 'folder'
    const files = isFolder ? yamlFilesBelow(full, { warn }) : [typed]
    const found = files.map((file) => readYamlFile(file, { overrides, cwd: context.cwd }))
    checked.push(...(isFolder ? found.filter((file) => file.isCertain).map(asStep) : found))
  }
  const exitCode = checked.every((file) => file.isValid) ? 0 : 1
  if (!wantsData(context)) return { text: page(checked, context.cwd), exitCode }
  const { toResult } = await import('../checks/cases.ts')
  const value = checked.map((file) => ({ ...toResult(file.file, file), kind: file.kind ?? null }))
  return { value, exitCode }
}

/** A component by itself cannot be created under a bad name; a step that names its file takes it all the same. */
function asStep(file: CheckedFile): CheckedFile {
  if (file.kind !== 'component') return file
  const diagnostics = file.diagnostics.map((found) =>
    found.code === 'InvalidValue' && found.source?.path === 'name'
      ? { ...found, severity: 'warning' as const, hint: `${found.hint}; ${ALL_THE_SAME}` }
      : found,
  )
  return {
    ...file,
    diagnostics,
    isValid: diagnostics.every(({ severity }) => severity === 'warning'),
  }
}

const ALL_THE_SAME = 'a step takes the file all the same'

async function validateList(list: string, { cwd }: Context): Promise<Outcome> {
  const { readCases, runCase } = await import('../checks/cases.ts')
  const file = list === '-' ? '-' : path.resolve(cwd, list)
  const folder = list === '-' ? cwd : path.dirname(file)
  const results = readCases(file).map((given, index) =>
    runCase(given, { index, cwd, listFolder: folder }),
  )
  const text = results.map((result) => `${JSON.stringify(result)}\n`).join('')
  return { text, exitCode: results.every(({ valid }) => valid) ? 0 : 1 }
}

/** Without `-o` people read; json is the default of every other command, but a caret is no data. */
function wantsData({ argv, hasChosenOutput }: Context): boolean {
  return hasChosenOutput || argv.some((word) => /^(-o|--output|--out.*)/.test(word))
}

function page(checked: readonly CheckedFile[], cwd: string): string {
  const found = checked.flatMap((file) => file.diagnostics)
  const lines = found.map(
    (diagnostic) =>
      `${diagnostic.severity === 'warning' ? 'WARNING' : 'ERROR'}: ${formatDiagnostic(diagnostic, cwd)}\n\n`,
  )
  return `${lines.join('')}${summary(checked, found)}\n`
}

function summary(checked: readonly CheckedFile[], found: readonly Diagnostic[]): string {
  const bad = checked.filter((file) => !file.isValid).length
  const warnings = found.filter(({ severity }) => severity === 'warning').length
  const errors = found.length - warnings
  const files = `${checked.length} ${checked.length === 1 ? 'file' : 'files'}`
  const noted = warnings === 0 ? '' : `, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`
  if (bad === 0) return `${files} without errors${noted}`
  return `${files}, ${bad} with errors: ${errors} ${errors === 1 ? 'error' : 'errors'}${noted}`
}

/** Kinds whose files name other things of a workspace. */
const LOOKED_UP = new Set(['job', 'component', 'schedule'])

/**
 * `amlet <kind> validate -f FILE`: what was found is data, as with az; `--exit-status` makes it an exit code. What
 * a good file names is looked up in the workspace: a warning, with `--strict` an error.
 */
export function validateKind(kind: string): Run {
  return async (context, args) => {
    const { readYamlFile } = await import('../checks/read-file.ts')
    checkSet(args.list('set'))
    const file = args.need('file')
    const text = file === '-' ? readFileSync(0, 'utf8') : undefined
    const isLookedUp = LOOKED_UP.has(kind)
    const read = readYamlFile(file, {
      kind,
      text,
      cwd: context.cwd,
      overrides: args.list('set'),
      params: paramsOf(args),
      isOffline: !isLookedUp,
    })
    const [first] = read.diagnostics
    if (read.entity === undefined && first?.code === 'FileNotFound' && first.source?.path === '')
      throw new AmletError(first)
    const found =
      isLookedUp && read.isValid
        ? await lookUp(context, args, { kind, text, read: read.diagnostics })
        : read.diagnostics
    for (const one of found) say(one, context)
    const isValid = !found.some(isError)
    const value = verdict({ ...read, isValid, diagnostics: found })
    return { value, exitCode: !isValid && args.isOn('exit-status') ? 1 : 0 }
  }
}

const isError = ({ severity }: Diagnostic): boolean => severity !== 'warning'

interface Checked {
  readonly kind: string
  /** The text of a file that came on standard input. */
  readonly text: string | undefined
  /** What was found without the workspace. */
  readonly read: readonly Diagnostic[]
}

type Finding = Pick<Diagnostic, 'code' | 'message' | 'source' | 'hint'>

/** What the workspace finds in a file that is good by itself, and in what it names. */
async function lookUp(
  context: Context,
  args: Args,
  { kind, text, read }: Checked,
): Promise<readonly Diagnostic[]> {
  try {
    const client = await context.connect()
    const body = yamlBody(args, context, {
      params: paramsOf(args),
      isLocal: client.isLocal,
      ...(text === undefined ? {} : { text }),
    })
    const { errors = [], warnings } = await client.post<{
      readonly errors?: readonly Finding[]
      readonly warnings: readonly Finding[]
    }>(`/${kind}s/validate`, body)
    return [
      ...errors.map((finding) => toDiagnostic(finding, 'error')),
      ...warnings.map((finding) => toDiagnostic(finding, 'warning')),
    ]
  } catch (error) {
    if (!(error instanceof AmletError)) throw error
    return [...read, notAsked(error, args.isOn('strict'))]
  }
}

function toDiagnostic(
  { code, message, source, hint }: Finding,
  severity: Diagnostic['severity'],
): Diagnostic {
  return { code, message, source, hint, severity }
}

function notAsked({ code, message }: AmletError, isStrict: boolean): Diagnostic {
  return {
    code,
    message: `the file is good; whether what it names is here could not be asked: ${message}`,
    hint: 'amlet doctor says why no server answers; "amlet validate FILE" needs none',
    severity: isStrict ? 'error' : 'warning',
  }
}

function paramsOf(args: Args): Record<string, unknown> {
  const names = ['name', 'version', 'endpoint-name'].filter((name) => args.knows(name))
  return Object.fromEntries(names.map((name) => [name.replaceAll('-', '_'), args.text(name)]))
}

function say(found: Diagnostic, { log, cwd }: Context): void {
  if (found.severity === 'warning') log.warning(formatDiagnostic(found, cwd))
  else log.error(formatDiagnostic(found, cwd))
}

function verdict({ isValid, diagnostics, entity }: CheckedFile): Record<string, unknown> {
  const errors = diagnostics.filter(({ severity }) => severity !== 'warning').map(toFinding)
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning').map(toFinding)
  return {
    result: isValid ? 'Succeeded' : 'Failed',
    ...(errors.length === 0 ? {} : { errors }),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(isValid && entity !== undefined ? { entity } : {}),
  }
}

function toFinding({ code, message, source, hint }: Diagnostic): Record<string, unknown> {
  return {
    code,
    message,
    path: source?.path === undefined || source.path === '' ? '*' : source.path,
    ...(source === undefined
      ? {}
      : {
          location: `${source.file}#line ${source.line}`,
          file: source.file,
          line: source.line,
          column: source.column,
        }),
    ...(hint === undefined ? {} : { hint }),
  }
}
