import type { JobPlan } from '../../core/plan/job-plan.ts'
import { getOutputs } from '../../store/jobs.ts'
import type { ControllerOutcome } from '../controllers.ts'
import { type RegisterDeps, registerOutputs } from '../outcome.ts'

/** The outputs of a sweep are those of its best trial, where that wrote them; registered under the sweep's names. */
export function finishSweepOutputs(
  deps: RegisterDeps,
  plan: JobPlan,
  best: string,
): ControllerOutcome {
  const written = getOutputs(deps.db, best) ?? {}
  const found = plan.outputs.flatMap((output) => {
    const record = Object.hasOwn(written, output.name) ? written[output.name] : undefined
    return record === undefined ? [] : [{ output, record }]
  })
  const { outputs, error } = registerOutputs(deps, plan, found)
  return error === undefined
    ? { status: 'Completed', outputs }
    : { status: 'Failed', error, outputs }
}
