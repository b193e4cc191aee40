import { AmletError, throwOnErrors } from '../../core/errors.ts'
import type { SourceTree } from '../source-tree.ts'
import { readText, type YamlValues } from './read-entity.ts'

/**
 * What a file and options say of a thing that has no schema of ours: the file's mapping as it stands, `--set` and
 * options laid over it.
 */
export async function readPlain(
  body: YamlValues,
  tree: SourceTree,
): Promise<{ readonly entity: Record<string, unknown>; readonly warnings: readonly [] }> {
  const [{ parseYaml }, { toPlain }, { applyOverrides }] = await Promise.all([
    import('../../core/yaml.ts'),
    import('../../core/yaml/node.ts'),
    import('../../core/spec/overrides.ts'),
  ])
  const file = body.file ?? '<options>'
  const { root, diagnostics } = parseYaml(await readText(body, tree), file)
  throwOnErrors(diagnostics)
  if (root?.kind !== 'map')
    throw new AmletError({ code: 'InvalidValue', message: `${file} is not a mapping of fields` })
  const problems = [...diagnostics]
  const fields = toPlain(applyOverrides(root, body.set ?? [], problems)) as Record<string, unknown>
  throwOnErrors(problems)
  return { entity: { ...fields, ...body.params }, warnings: [] }
}
