import type { Config } from './config.ts'
import type { Args } from './grammar/args.ts'
import type { Command } from './grammar/command.ts'
import { UsageError } from './grammar/usage-error.ts'
import { OUTPUT_FORMATS } from './table/common.ts'

export interface Choices {
  readonly output: string
  readonly query: string | undefined
  readonly hasChosenOutput: boolean
}

/** What goes to stdout and how: options, then configuration, then json. */
export function readChoices(command: Command, args: Args, config: Config): Choices {
  const query = args.text('query')
  const output = args.text('output') ?? config.get('core', 'output')?.toLowerCase() ?? 'json'
  if (!(OUTPUT_FORMATS as readonly string[]).includes(output))
    throw new UsageError(
      `amlet ${command.words}: '${output}' is not a valid value for 'core.output'. Allowed values: ${OUTPUT_FORMATS.join(', ')}.`,
    )
  return { output, query, hasChosenOutput: query !== undefined || output !== 'json' }
}

/** A query with a mistake is refused before anything is done. */
export async function checkChosenOutput(query: string): Promise<void> {
  if (query !== '?') (await import('./output/query.ts')).checkQuery(query)
}
