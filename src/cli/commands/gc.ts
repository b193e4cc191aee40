import type { Run } from '../grammar/command.ts'
import { confirm } from './confirm.ts'

/** `gc`: what nothing refers to is listed, then deleted. */
export const collectGarbage: Run = async (context, args) => {
  const dryRun = args.isOn('dry-run')
  if (!dryRun) await confirm(args, context)
  const client = await context.connect()
  return { value: await client.post('/gc', { dry_run: dryRun }) }
}
