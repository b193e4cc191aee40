import type { Diagnostic } from '../errors.ts'
import type { ResolvedEnvironment } from '../plan/resolved.ts'
import { MACHINE_ENVIRONMENT } from './machine.ts'
import { planEnvironment } from './plan.ts'

/**
 * What keeps the environments of a job from ever being built: lines of a conda file that cannot be read or
 * followed, a Dockerfile alone. Known before anything is built, each with its line where it is at hand.
 */
export function environmentProblems(
  environments: Iterable<ResolvedEnvironment>,
): readonly Diagnostic[] {
  return [...environments].flatMap(({ entity, digest, condaSource }) =>
    digest === MACHINE_ENVIRONMENT ? [] : planEnvironment(entity, condaSource).diagnostics,
  )
}

/**
 * What is done otherwise than the environments of a job say, one warning each and none twice, in their order.
 * A strict request takes them as errors.
 */
export function environmentSubstitutions(
  environments: Iterable<ResolvedEnvironment>,
): readonly Diagnostic[] {
  const texts = new Set<string>()
  for (const { entity, digest } of environments)
    if (digest === MACHINE_ENVIRONMENT) texts.add("the machine's own Python is used")
    else for (const { text } of planEnvironment(entity).plan.notes) texts.add(text)
  return [...texts].map((message) => ({ code: 'Substitution', severity: 'warning', message }))
}
