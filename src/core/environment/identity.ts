import type { EnvironmentEntity } from '../entity.ts'
import type { EnvironmentPlan } from './plan.ts'
import { planEnvironment } from './plan.ts'

/** Raised when the same plan no longer gives the same folder. */
const FORMAT = 1

/**
 * A text that is equal for two environments exactly when a job could not tell them apart: image, build context,
 * and what the conda file asks for. Names, versions, descriptions and comments do not count. Its sha256 is the environment's digest.
 */
export function environmentIdentity(entity: EnvironmentEntity): string {
  const { image, build, os_type } = entity
  const { plan } = planEnvironment(entity)
  const lines = entity.conda_file?.['dependencies']
  return canonicalJson({ image, build, os_type, content: contentOf(plan), lines })
}

/**
 * A text that is equal for two plans exactly when the same folder serves both: Python, packages, options. The
 * image is not in it, since none is pulled. Its sha256 names the folder.
 */
export function planIdentity(plan: EnvironmentPlan): string {
  return canonicalJson(contentOf(plan))
}

function contentOf(plan: EnvironmentPlan): unknown {
  const values = (lines: readonly { readonly value: string }[]) => lines.map(({ value }) => value)
  return {
    format: FORMAT,
    python: plan.python?.value ?? null,
    requirements: values(plan.requirements),
    options: values(plan.options),
    condaOnly: plan.condaOnly.map(({ conda }) => conda),
    channels: plan.conda?.['channels'] ?? null,
    ...(Object.keys(plan.variables).length === 0 ? {} : { variables: plan.variables }),
  }
}

/** JSON with sorted keys and without absent values. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
