import type { JobPlan } from '../core/plan/job-plan.ts'
import type { Db } from '../store/db.ts'
import { getPlan } from '../store/plans.ts'

/** Some megabytes at most. */
const MOST_PLANS = 1_000

/** Plans of the attempts that were queued last: each is needed again to launch it and when it has ended. */
export class KeptPlans {
  readonly #plans = new Map<string, JobPlan>()

  keep(attempt: string, plan: JobPlan): void {
    this.#plans.set(attempt, plan)
    if (this.#plans.size <= MOST_PLANS) return
    const [oldest = attempt] = this.#plans.keys()
    this.#plans.delete(oldest)
  }

  /** The plan of `job`, whose attempt this is. */
  read(db: Db, job: string, attempt: string): JobPlan | undefined {
    return this.#plans.get(attempt) ?? getPlan(db, job)
  }

  forget(attempt: string): void {
    this.#plans.delete(attempt)
  }
}
