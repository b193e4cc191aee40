import type { InputSource, PlannedInput } from '../../core/plan/job-plan.ts'
import type { JobRow } from '../../store/jobs.ts'
import { getPlan } from '../../store/plans.ts'
import type { Services } from '../services.ts'
import { toJobView } from './job-view.ts'

/**
 * A job as one by itself: what a step says of the pipeline around it (bindings, defaults, an inline component) is
 * spelt out, so that what is shown can be submitted again.
 */
export function toWholeView(services: Services, job: JobRow): Record<string, unknown> {
  const view = toJobView(services, job)
  const plan =
    job.step !== '' && job.type === 'command' ? getPlan(services.db, job.name) : undefined
  if (plan === undefined) return view
  const { component, is_deterministic: _, ...rest } = view
  const isNamed = typeof component === 'string' && component !== 'inline'
  return {
    ...rest,
    ...(isNamed ? { component } : {}),
    inputs: Object.fromEntries(plan.inputs.flatMap(toEntry)),
  }
}

function toEntry({ name, source, type, mode }: PlannedInput): [string, unknown][] {
  if (source.from === 'nothing') return []
  if (source.from === 'literal') return [[name, source.text]]
  return [[name, { ...(type && { type }), ...(mode && { mode }), path: pathOf(source) }]]
}

function pathOf(source: Extract<InputSource, { from: 'data' | 'output' }>): string {
  const below = (source.subpath ?? '').replace(/^\//, '')
  if (source.from === 'output')
    return `azureml://jobs/${source.job}/outputs/${source.output}/paths/${below}`
  const { asset, uri } = source.data
  if (below !== '') return `${uri.replace(/\/$/, '')}/${below}`
  return asset === undefined ? uri : asset.id.replace(/^\//, 'azureml:/')
}
