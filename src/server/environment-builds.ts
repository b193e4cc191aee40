import { MACHINE_ENVIRONMENT } from '../core/environment/machine.ts'
import type { ResolvedEnvironment } from '../core/plan/resolved.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { stopCompiling } from '../environments/compile.ts'

export interface EnvironmentBuilds {
  readonly ensure: EngineDeps['ensureEnvironment']
  /** Ends what is being built and compiled in the home; the next server begins again. */
  stop(): Promise<void>
}

/** Builds the environments of a home for the life of its server. */
export function environmentBuilds(home: string): EnvironmentBuilds {
  const stopping = new AbortController()
  const running = new Set<Promise<unknown>>()
  return {
    ensure: async (environment, log) => {
      const work = ensure(home, environment, log, stopping.signal)
      running.add(work)
      try {
        return await work
      } finally {
        running.delete(work)
      }
    },
    stop: async () => {
      stopping.abort()
      await Promise.allSettled(running)
      await stopCompiling()
    },
  }
}

async function ensure(
  home: string,
  { entity, digest, condaSource: source }: ResolvedEnvironment,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  // Most servers answer for a while before the first job asks for an environment.
  const { ensureEnvironment } = await import('../environments/ensure.ts')
  const use = digest === MACHINE_ENVIRONMENT ? 'machine' : 'built'
  const { env } = await ensureEnvironment({ home, entity, log, use, source, signal })
  return env
}
