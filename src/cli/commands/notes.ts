import type { Diagnostic } from '../../core/errors.ts'
import type { Context } from '../context.ts'
import { formatDiagnostic } from '../print-error.ts'

/** Prints what a create said besides the entity: substitutions and warnings, one each. */
export function printWarnings(
  { log, cwd }: Pick<Context, 'log' | 'cwd'>,
  warnings: readonly Diagnostic[] | undefined,
): void {
  for (const warning of warnings ?? []) {
    if (warning.code === 'Note') log.note(warning.message)
    else log.warning(formatDiagnostic(warning, cwd))
  }
}
