import { createHash } from 'node:crypto'
import type { EnvironmentEntity } from '../core/entity.ts'
import type { CondaSource } from '../core/environment/conda-source.ts'
import { environmentIdentity, planIdentity } from '../core/environment/identity.ts'
import type { EnvironmentPlan } from '../core/environment/plan.ts'
import { planEnvironment } from '../core/environment/plan.ts'
import { throwOnErrors } from '../core/errors.ts'

/** A plan that can be built, with the name of the folder that will hold it. */
export interface ResolvedPlan extends EnvironmentPlan {
  /** sha256 of Python, packages and options: two environments that differ in their image only share it. */
  readonly digest: string
}

/** sha256 of all that a job could notice of its environment, the image too; part of the reuse key. */
export function digestEnvironment(entity: EnvironmentEntity): string {
  return sha256(environmentIdentity(entity))
}

/**
 * Works out what to build for an environment; reads nothing from the machine.
 *
 * @throws AmletError `InvalidValue`, `EnvironmentBuildFailed` or `OperationNotSupported`, one diagnostic for
 * each bad line of the conda file.
 */
export function resolveEnvironment(entity: EnvironmentEntity, source?: CondaSource): ResolvedPlan {
  const { plan, diagnostics } = planEnvironment(entity, source)
  throwOnErrors(diagnostics)
  return { ...plan, digest: sha256(planIdentity(plan)) }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
