import type { JobPlan } from '../core/plan/job-plan.ts'
import type { ResolvedEnvironment } from '../core/plan/resolved.ts'
import type { EngineDeps } from './deps.ts'

/** What came of preparing an environment. */
export interface Prepared {
  /** What kept it from being built. */
  readonly error?: unknown
  /** The lines of its build. */
  readonly log: string
}

/** Called once the environment is ready or cannot be. */
export type WhenReady = (prepared: Prepared) => void

/** The environments that jobs wait for, and those that are known to be ready. */
export class Builds {
  readonly #deps: EngineDeps
  readonly #ready = new Map<string, Readonly<Record<string, string>>>()
  readonly #waiting = new Map<string, WhenReady[]>()
  readonly #plans = new Map<string, JobPlan>()

  constructor(deps: EngineDeps) {
    this.#deps = deps
  }

  /** The variables of an environment that is known to be ready. */
  variablesOf(digest: string): Readonly<Record<string, string>> | undefined {
    return this.#ready.get(digest)
  }

  reasonFor({ entity, digest }: ResolvedEnvironment): string {
    return `preparing environment ${entity.name ?? digest.slice(0, 12)}`
  }

  /** Sees to it that the environment gets ready. Cheap when it is, or is being built. */
  request(environment: ResolvedEnvironment, whenReady: WhenReady = () => {}): void {
    const { digest } = environment
    if (this.#ready.has(digest)) {
      whenReady({ log: '' })
      return
    }
    const waiting = this.#waiting.get(digest)
    if (waiting !== undefined) {
      waiting.push(whenReady)
      return
    }
    this.#waiting.set(digest, [whenReady])
    this.#build(environment).catch((error: unknown) =>
      this.#deps.logError('the end of a build could not be noted', error),
    )
  }

  async #build(environment: ResolvedEnvironment): Promise<void> {
    const { digest } = environment
    let prepared: Prepared
    let log = ''
    const note = (line: string) => {
      log += `${line}\n`
    }
    try {
      this.#ready.set(digest, await this.#deps.ensureEnvironment(environment, note))
      prepared = { log }
    } catch (error) {
      prepared = { error, log }
    }
    const waiting = this.#waiting.get(digest) ?? []
    this.#waiting.delete(digest)
    for (const whenReady of waiting) whenReady(prepared)
  }

  /** Keeps a plan that was just read for the launch that follows. */
  keepPlan(attempt: string, plan: JobPlan): void {
    this.#plans.set(attempt, plan)
  }

  takePlan(attempt: string): JobPlan | undefined {
    const plan = this.#plans.get(attempt)
    this.#plans.delete(attempt)
    return plan
  }
}
