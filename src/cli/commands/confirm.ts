import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import type { Context } from '../context.ts'
import type { Args } from '../grammar/args.ts'
import { UsageError } from '../grammar/usage-error.ts'

/**
 * Asks before something is deleted, as az does; `--yes` answers.
 *
 * @throws UsageError with exit code 1 when the answer is no, or when there is nobody to ask.
 */
export async function confirm(args: Args, { config, log }: Context): Promise<void> {
  if (args.isOn('yes') || config.isOn('core', 'disable_confirm_prompt')) return
  if (process.stdin.isTTY !== true) {
    log.warning('Unable to prompt for confirmation as no tty available. Use --yes.')
    throw new UsageError('Operation cancelled.', [], 1)
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const closed = once(lines, 'close').then(() => '')
    const question = 'Are you sure you want to perform this operation? (y/n): '
    const answer = await Promise.race([lines.question(question), closed])
    if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError('Operation cancelled.', [], 1)
  } finally {
    lines.close()
  }
}
