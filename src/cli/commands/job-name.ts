import type { Args } from '../grammar/args.ts'
import { UsageError } from '../grammar/usage-error.ts'

/** The job that `--name` or the one word names. */
export function jobName(args: Args): string {
  const name = args.text('name') ?? args.words[0]
  if (name !== undefined) return name
  throw new UsageError('the following arguments are required: --name/-n')
}
