import { AmletError } from '../../core/errors.ts'
import type { Run } from '../grammar/command.ts'
import { jobName } from './job-name.ts'
import { expectHere, runIn, type ShellFacts } from './job-shell.ts'
import { apiPath } from './paths.ts'

/**
 * `job retry NAME[.STEP] --only-batch N`: one mini-batch of a parallel job once more, where the job ran. Its rows go to
 * the output, what it says to the error output; what the job has recorded stays as it is.
 */
export const retryJob: Run = async (context, args) => {
  const client = await context.connect()
  const path = apiPath('jobs', jobName(args))
  const { name, type } = await client.get<{ name: string; type: string }>(path)
  if (type !== 'parallel')
    throw new AmletError({
      code: 'OperationNotSupported',
      message: `${name} is a ${type} job; only a parallel job has mini-batches`,
      hint: `name its parallel step: amlet job retry ${name}.STEP --only-batch 0`,
    })
  const facts = await client.get<ShellFacts>(`${path}/shell`)
  expectHere(facts)
  const batch = Number(args.need('only-batch'))
  const command = `${facts.command} --only-batch ${batch}`
  return { exitCode: await runIn(['/bin/bash', '-c', command], facts) }
}
