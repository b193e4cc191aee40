import type { EnvironmentStore } from '../assets/gc.ts'
import { MACHINE_ENVIRONMENT } from '../core/environment/machine.ts'
import type { ResolvedPlan } from '../environments/resolve.ts'
import { listOpenAttempts } from '../store/attempts.ts'
import type { Db } from '../store/db.ts'
import { getPlan } from '../store/plans.ts'

/** The environments of a home for the collector. One that a job runs in counts as used this moment. */
export function environmentStore(home: string, db: Db): EnvironmentStore {
  const store = () => import('../environments/list.ts')
  return {
    list: async () => {
      const inUse = await digestsInUse(db)
      const found = await (await store()).listEnvironments(home)
      return found.map((stored) =>
        inUse.has(stored.digest) ? { ...stored, usedAtMs: Date.now() } : stored,
      )
    },
    measure: async (path) => (await store()).measureEnvironment(path),
    remove: async (digest) => (await store()).removeEnvironment(home, digest),
  }
}

async function digestsInUse(db: Db): Promise<ReadonlySet<string>> {
  const { resolveEnvironment } = await import('../environments/resolve.ts')
  const digests = new Set<string>()
  for (const { job } of listOpenAttempts(db)) {
    const environment = getPlan(db, job)?.process?.environment
    if (environment === undefined || environment.digest === MACHINE_ENVIRONMENT) continue
    digests.add(digestOf(() => resolveEnvironment(environment.entity)))
  }
  return digests
}

/** Empty for what could not be built today, and so has no folder. */
function digestOf(resolve: () => ResolvedPlan): string {
  try {
    return resolve().digest
  } catch {
    return ''
  }
}
