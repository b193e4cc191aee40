import path from 'node:path'
import { AmletError, type Diagnostic } from '../../core/errors.ts'
import { DISK, yamlFilesBelow } from '../checks/disk.ts'
import type { CheckedFile } from '../checks/read-file.ts'
import type { Context } from '../context.ts'
import type { Args } from '../grammar/args.ts'
import type { Run } from '../grammar/command.ts'
import type { Outcome } from '../output/outcome.ts'
import { formatDiagnostic } from '../print-error.ts'
import { checkSet } from './yaml-body.ts'

/** `amlet validate FILE|FOLDER…`: every file named, and of folders all that say what they are. Exit code 1 on a problem. */
export const validateFiles: Run = async (context, args) => {
  const list = args.text('list')
  if (list !== undefined) return validateList(list, context)
  const { readYamlFile } = await import('../checks/read-file.ts')
  const overrides = args.list('set')
  checkSet(overrides)
  const checked: CheckedFile[] = []
  for (const typed of args.words.length === 0 ? ['.'] : args.words) {
    const full = path.resolve(context.cwd, typed)
    const isFolder = typed !== '-' && DISK.kind(full) === 'folder'
    const files = isFolder ? yamlFilesBelow(full) : [typed]
    const found = files.map((file) => readYamlFile(file, { overrides, cwd: context.cwd }))
    checked.push(...found.filter((file) => !isFolder || file.isCertain))
  }
  const exitCode = checked.every((file) => file.isValid) ? 0 : 1
  if (!wantsData(context)) return { text: page(checked, context.cwd), exitCode }
  const { toResult } = await import('../checks/cases.ts')
  const value = checked.map((file) => ({ ...toResult(file.file, file), kind: file.kind ?? null }))
  return { value, exitCode }
}

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

/** `amlet <kind> validate -f FILE`: what was found is data, as with az; `--exit-status` makes it an exit code. */
export function validateKind(kind: string): Run {
  return async (context, args) => {
    const { readYamlFile } = await import('../checks/read-file.ts')
    checkSet(args.list('set'))
    const checked = readYamlFile(args.need('file'), {
      kind,
      cwd: context.cwd,
      overrides: args.list('set'),
      params: paramsOf(args),
    })
    const [first] = checked.diagnostics
    if (checked.entity === undefined && first?.code === 'FileNotFound' && first.source?.path === '')
      throw new AmletError(first)
    for (const found of checked.diagnostics) say(found, context)
    const value = verdict(checked)
    return { value, exitCode: !checked.isValid && args.isOn('exit-status') ? 1 : 0 }
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
