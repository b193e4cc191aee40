import { existsSync } from 'node:fs'
import type { ResolvedEnvironment } from '../core/plan/resolved.ts'
import { BuildLog } from './build-log.ts'
import type { EngineDeps } from './deps.ts'

/** What came of preparing an environment. */
interface Prepared {
  /** What kept it from being built. */
  readonly error?: unknown
}

/** Called once the environment is ready or cannot be. */
export type WhenReady = (prepared: Prepared) => void

type Variables = Readonly<Record<string, string>>

/** For so long it is taken for granted that a ready environment is still there; then it is looked at again. */
const FRESH_MS = 10 * 60_000

interface Building {
  readonly whenReady: WhenReady[]
  readonly log: BuildLog
}

/** The environments that jobs wait for, and those that are known to be ready. */
export class Builds {
  readonly #deps: EngineDeps
  readonly #ready = new Map<string, { readonly variables: Variables; readonly untilMs: number }>()
  readonly #building = new Map<string, Building>()

  constructor(deps: EngineDeps) {
    this.#deps = deps
  }

  /** The variables of an environment that is known to be ready. */
  variablesOf(digest: string): Variables | undefined {
    const ready = this.#ready.get(digest)
    if (ready === undefined) return undefined
    const folder = ready.variables['VIRTUAL_ENV']
    const isThere = folder === undefined || existsSync(folder)
    if (isThere && ready.untilMs > this.#deps.now()) return ready.variables
    this.#ready.delete(digest)
    return undefined
  }

  reasonFor({ entity, digest }: ResolvedEnvironment): string {
    return `preparing environment ${entity.name ?? digest.slice(0, 12)}`
  }

  /** Sees to it that the environment gets ready. Cheap when it is, or is being built. */
  request(environment: ResolvedEnvironment, whenReady: WhenReady = () => {}): void {
    const { digest } = environment
    if (this.variablesOf(digest) !== undefined) whenReady({})
    else this.#buildingOf(environment).whenReady.push(whenReady)
  }

  /** As `request`; the log of the build is in that run folder as it grows. */
  requestFor(runDir: string, environment: ResolvedEnvironment, whenReady: WhenReady): void {
    this.request(environment, whenReady)
    this.#building.get(environment.digest)?.log.showIn(runDir)
  }

  #buildingOf(environment: ResolvedEnvironment): Building {
    const { digest } = environment
    const known = this.#building.get(digest)
    if (known !== undefined) return known
    const { runs, logError } = this.#deps
    const building = { whenReady: [], log: new BuildLog(runs, digest, logError) }
    this.#building.set(digest, building)
    this.#build(environment, building).catch((error: unknown) =>
      logError('the end of a build could not be noted', error),
    )
    return building
  }

  async #build(environment: ResolvedEnvironment, { whenReady, log }: Building): Promise<void> {
    const { digest } = environment
    let prepared: Prepared = {}
    try {
      const note = (line: string) => log.append(line)
      const variables = await this.#deps.ensureEnvironment(environment, note)
      this.#ready.set(digest, { variables, untilMs: this.#deps.now() + FRESH_MS })
    } catch (error) {
      prepared = { error }
    }
    this.#building.delete(digest)
    log.close()
    for (const tell of whenReady) tell(prepared)
  }
}
