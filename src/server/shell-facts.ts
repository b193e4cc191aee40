import type { ShellFacts } from '../api/services.ts'
import type { ProtectionKind } from '../compute/local/protection.ts'
import { shellCommand } from '../compute/shell.ts'
import { AmletError } from '../core/errors.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { makeLaunch } from '../engine/launching.ts'
import { getJob, type JobRow } from '../store/jobs.ts'
import { getPlan } from '../store/plans.ts'

/** Where and how the last attempt of a job ran; of a reused one, its original's. */
export async function shellFacts(
  deps: EngineDeps,
  asked: JobRow,
  place: { readonly home: string; readonly protection: ProtectionKind },
): Promise<ShellFacts> {
  const job = asked.reusedFrom === null ? asked : (getJob(deps.db, asked.reusedFrom) ?? asked)
  const plan = getPlan(deps.db, job.name)
  if (plan?.process === undefined || job.attempt === null) throw notRun(job)
  const environment = await deps.ensureEnvironment(plan.process.environment, () => {})
  const starting = { attempt: job.attempt, attemptNumber: job.attempts - 1, environment }
  return shellCommand({ ...place, launch: makeLaunch(deps, { plan, ...starting }) })
}

function notRun(job: JobRow): AmletError {
  const isParent = job.type === 'pipeline' || job.type === 'sweep'
  return new AmletError({
    code: 'InvalidState',
    message: isParent
      ? `job ${job.name} is a ${job.type}: its steps have processes, not itself`
      : `job ${job.name} is ${job.status} and has not run`,
    hint: isParent
      ? `name a step: amlet job shell ${job.name}.<step>`
      : `see why: amlet job describe -n ${job.name}`,
  })
}
