import type { Config } from './config.ts'
import type { Context } from './context.ts'
import type { Args } from './grammar/args.ts'
import type { Log } from './log.ts'
import { OUTPUT_FORMATS } from './table/common.ts'

export interface Choices {
  readonly output: string
  readonly query: string | undefined
  readonly hasChosenOutput: boolean
}

/** What goes to stdout and how: options, then configuration, then json. */
export function readChoices(args: Args, { config, log }: Pick<Context, 'config' | 'log'>): Choices {
  const query = args.text('query')
  const output = args.text('output') ?? configuredOutput(config, log)
  return { output, query, hasChosenOutput: query !== undefined || output !== 'json' }
}

/** A wrong setting is told and left aside: the command that mends it has to run. */
function configuredOutput(config: Config, log: Log): string {
  const setting = config.find('core', 'output')
  const output = setting?.value.toLowerCase() ?? 'json'
  if ((OUTPUT_FORMATS as readonly string[]).includes(output)) return output
  log.warning(
    `core.output is '${setting?.value}' in ${setting?.source}; allowed are ${OUTPUT_FORMATS.join(', ')}. Forget it with: amlet config unset core.output`,
  )
  return 'json'
}

/** A query with a mistake is refused before anything is done. */
export async function checkChosenOutput(query: string): Promise<void> {
  if (query !== '?') (await import('./output/query.ts')).checkQuery(query)
}
