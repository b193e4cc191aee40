import type { Diagnostic } from '../../core/errors.ts'
import type { SpecKind } from '../../core/spec/load.ts'
import type { SourceTree } from '../source-tree.ts'
import { checkEntity, type YamlValues } from './read-entity.ts'

/** What a check of a file found, as az prints it: findings are data, so the answer is good when the file is not. */
export interface Verdict {
  readonly result: 'Succeeded' | 'Failed'
  readonly errors?: readonly object[]
  readonly warnings: readonly object[]
}

export function toVerdict(found: readonly Diagnostic[]): Verdict {
  const errors = found.filter(isError).map(toFinding)
  return {
    result: errors.length === 0 ? 'Succeeded' : 'Failed',
    ...(errors.length === 0 ? {} : { errors }),
    warnings: found.filter((diagnostic) => !isError(diagnostic)).map(toFinding),
  }
}

export const isError = ({ severity }: Diagnostic) => severity !== 'warning'

/** Checks the file alone: what it names is not looked up. */
export async function validateFile(
  kind: SpecKind,
  body: YamlValues,
  tree: SourceTree,
): Promise<Verdict> {
  return toVerdict((await checkEntity(kind, body, tree)).diagnostics)
}

function toFinding({ code, message, source, hint }: Diagnostic): Record<string, unknown> {
  return {
    code,
    message,
    path: source?.path ?? '*',
    ...(source === undefined ? {} : { location: `${source.file}#line ${source.line}`, source }),
    ...(hint === undefined ? {} : { hint }),
  }
}
