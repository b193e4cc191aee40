import type { Run } from '../grammar/command.ts'
import { confirm } from './confirm.ts'

interface GcReport {
  readonly items: readonly object[]
}

/** `gc`: what nothing refers to is listed, then deleted. */
export const collectGarbage: Run = async (context, args) => {
  const dryRun = args.isOn('dry-run')
  if (!dryRun) await confirm(args, context)
  const client = await context.connect()
  const value = await client.post<GcReport>('/gc', { dry_run: dryRun })
  return context.output === 'table' && args.text('query') === undefined
    ? { value: value.items }
    : { value }
}
