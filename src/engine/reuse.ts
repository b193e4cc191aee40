import { existsSync } from 'node:fs'
import type { Outputs } from '../core/lifecycle/event.ts'
import type { JobPlan, ReusePart } from '../core/plan/job-plan.ts'
import { bindReuseParts, reuseText } from '../core/plan/reuse-key.ts'
import { getJob } from '../store/jobs.ts'
import { findReusable, getReuseParts } from '../store/reuse.ts'
import type { EngineDeps } from './deps.ts'

export interface Reuse {
  /** New job → the job whose results it takes. */
  readonly reused: ReadonlyMap<string, { readonly job: string; readonly outputs: Outputs }>
  /** Key and parts of every job that has any. */
  readonly keys: ReadonlyMap<string, { readonly key: string; readonly parts: readonly ReusePart[] }>
}

/**
 * Which of these jobs take over the results of earlier ones. A step can be reused only when all that it reads
 * is: its key names the jobs that first made its inputs. `resumes` is a job whose completed steps of the same key
 * are taken over even where reuse is switched off; `from` is a step that runs again, and with it all that reads from it.
 */
export function findReuse(
  deps: EngineDeps,
  plans: readonly JobPlan[],
  { resumes, from }: { readonly resumes?: string; readonly from?: string },
): Reuse {
  const reused = new Map<string, { job: string; outputs: Outputs }>()
  const keys = new Map<string, { key: string; parts: readonly ReusePart[] }>()
  const original = (job: string) => reused.get(job)?.job ?? job
  for (const plan of inOrder(plans)) {
    if (plan.reuseParts.length === 0) continue
    const parts = bindReuseParts(plan, original)
    const key = deps.hash(reuseText(parts))
    keys.set(plan.name, { key, parts })
    if (plan.step === from || plan.needs.some((need) => !reused.has(need))) continue
    const found = resumes
      ? findResumable(deps, { plan, key, resumes })
      : plan.isReusable
        ? findFinished(deps, key)
        : undefined
    if (found !== undefined && arePresent(deps, found.outputs)) reused.set(plan.name, found)
  }
  return { reused, keys }
}

/** Jobs after those they read from; the file may have them in any order. */
function inOrder(plans: readonly JobPlan[]): JobPlan[] {
  const byName = new Map(plans.map((plan) => [plan.name, plan]))
  const seen = new Set<string>()
  const ordered: JobPlan[] = []
  for (const start of plans) {
    const stack = [start]
    for (let plan = stack.at(-1); plan !== undefined; plan = stack.at(-1)) {
      const open = seen.has(plan.name)
        ? []
        : plan.needs.flatMap((need) => {
            const needed = byName.get(need)
            return needed === undefined || seen.has(need) ? [] : [needed]
          })
      if (open.length > 0) stack.push(...open)
      else {
        stack.pop()
        if (!seen.has(plan.name)) ordered.push(plan)
        seen.add(plan.name)
      }
    }
  }
  return ordered
}

function findFinished(deps: EngineDeps, key: string) {
  const row = findReusable(deps.db, key)
  return row && { job: row.job, outputs: JSON.parse(row.outputs) as Outputs }
}

interface Resumable {
  readonly plan: JobPlan
  readonly key: string
  readonly resumes: string
}

function findResumable(deps: EngineDeps, { plan, key, resumes }: Resumable) {
  const name = `${resumes}${plan.name.slice(plan.root.length)}`
  const row = getJob(deps.db, name)
  if (row?.status !== 'Completed' || getReuseParts(deps.db, name)?.key !== key) return undefined
  return { job: row.reusedFrom ?? name, outputs: row.outputs }
}

function arePresent(deps: EngineDeps, outputs: Outputs): boolean {
  return Object.values(outputs).every(({ uri }) => existsSync(deps.places.locate(uri)))
}
