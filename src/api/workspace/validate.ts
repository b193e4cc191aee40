import type { Diagnostic } from '../../core/errors.ts'
import type { SpecKind } from '../../core/spec/load.ts'
import type { Services } from '../services.ts'
import type { SourceTree } from '../source-tree.ts'
import { lookUp } from './look-up.ts'
import { checkEntity, refuseNotRun, type YamlValues } from './read-entity.ts'

/** What a check of a file found, as az prints it: findings are data, so the answer is good when the file is not. */
export interface Verdict {
  readonly result: 'Succeeded' | 'Failed'
  readonly errors?: readonly object[]
  readonly warnings: readonly object[]
}

function toVerdict(found: readonly Diagnostic[]): Verdict {
  const errors = found.filter(isError).map(toFinding)
  return {
    result: errors.length === 0 ? 'Succeeded' : 'Failed',
    ...(errors.length === 0 ? {} : { errors }),
    warnings: found.filter((diagnostic) => !isError(diagnostic)).map(toFinding),
  }
}

const isError = ({ severity }: Diagnostic) => severity !== 'warning'

/**
 * Checks a file, and whether what it names is in this workspace. The file is as good elsewhere, so what is
 * missing here is a warning; with `strict` it is an error.
 */
export async function validateFile(
  services: Services,
  kind: SpecKind,
  { body, tree }: { readonly body: YamlValues; readonly tree: SourceTree },
): Promise<Verdict> {
  const read = await checkEntity(kind, body, tree)
  const { entity, sources, diagnostics } = read
  if (entity === undefined || diagnostics.some(isError)) return toVerdict(diagnostics)
  const notRun = await refuseNotRun(kind, read)
  const found =
    notRun.length > 0 ? notRun : await lookUp(services, kind, { entity, sources, cwd: body.cwd })
  const severity = body.strict === true ? 'error' : 'warning'
  return toVerdict([...diagnostics, ...found.map((one) => ({ ...one, severity }) as const)])
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
