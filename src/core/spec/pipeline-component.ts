import { finishPipeline } from './pipeline.ts'
import { type Place, report } from './place.ts'
import { fieldPlace } from './sweep-rule.ts'

/** A pipeline component is checked like a pipeline whose inputs are its ports. */
export function finishPipelineComponent(place: Place, value: Record<string, unknown>): void {
  const jobs = value['jobs']
  if (jobs !== undefined) finishPipeline(place, value)
  if (typeof jobs === 'object' && jobs !== null && Object.keys(jobs).length === 0)
    report(fieldPlace(place, 'jobs'), {
      code: 'MissingField',
      severity: 'warning',
      message: 'this pipeline component has no steps',
      atKey: true,
    })
}
