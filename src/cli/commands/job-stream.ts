import type { Run } from '../grammar/command.ts'
import { followJob } from '../stream/follow.ts'
import { pageOf } from './job-create.ts'
import { apiPath } from './paths.ts'

/** `job stream`: prints nothing but the transcript. */
export const streamJob: Run = async (context, args) => {
  const client = await context.connect()
  const name = args.need('name')
  const job = await client.get<Readonly<Record<string, unknown>>>(apiPath('jobs', name))
  const { exitCode } = await followJob(context, name, {
    steps: args.list('step'),
    allFiles: args.isOn('all-files'),
    exitStatus: args.isOn('exit-status'),
    page: pageOf(job),
    isBrief: true,
  })
  return { exitCode }
}
