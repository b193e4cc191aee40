import type { JobEntity } from '../../core/entity.ts'
import type { PlannedOutput } from '../../core/plan/job-plan.ts'
import type { Db } from '../../store/db.ts'
import { getPlan } from '../../store/plans.ts'

/** What `generatedPlace` makes: the folder of one output of one job. */
const GENERATED = /\/paths\/azureml\/([^/]+)\/[^/]+(?:\/[^/]*)?$/

/**
 * The entity with outputs of its own. A job that was shown names the places and versions that were generated for it;
 * submitted again it must not write there.
 */
export function withFreshOutputs(db: Db, entity: JobEntity): JobEntity {
  const { outputs } = entity
  if (outputs === undefined) return entity
  const fresh = Object.entries(outputs).map(
    ([name, output]) => [name, freshen(db, output)] as const,
  )
  return { ...entity, outputs: Object.fromEntries(fresh) } as JobEntity
}

function freshen<T>(db: Db, output: T): T {
  if (typeof output !== 'object' || output === null || !('path' in output)) return output
  const planned = generatedFor(db, String(output.path))
  if (planned === undefined) return output
  const { path: _, ...rest } = output as T & { path: unknown; version?: unknown }
  if (planned.register?.version === undefined) delete rest.version
  return rest as T
}

/** The output of another job that this place was made for. */
function generatedFor(db: Db, uri: string): PlannedOutput | undefined {
  const job = GENERATED.exec(uri)?.[1]
  const plan = job === undefined ? undefined : getPlan(db, job)
  return plan?.outputs.find((output) => output.uri === uri && !output.isExplicit)
}
