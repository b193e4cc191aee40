import { AmletError } from '../../core/errors.ts'
import type { Run } from '../grammar/command.ts'

/** `amlet schema KIND`: the JSON Schema of a kind, of one type of job, or of one type of component. */
export const showSchema: Run = async (_context, args) => {
  const [{ SCHEMA_TYPES, toJsonSchema }, { didYouMean }] = await Promise.all([
    import('../../core/spec/json-schema.ts'),
    import('../../core/suggest.ts'),
  ])
  const name = args.words[0] ?? ''
  const value = toJsonSchema(name)
  if (value !== undefined) return { value }
  const names = Object.keys(SCHEMA_TYPES)
  throw new AmletError({
    code: 'UsageError',
    message: `"${name}" is no kind of file`,
    hint: didYouMean(name, names) ?? `the kinds are ${names.join(', ')}`,
  })
}
