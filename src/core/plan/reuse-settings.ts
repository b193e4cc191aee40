import type { JobPlan, ReusePart } from './job-plan.ts'
import type { TrialTemplate } from './plan-trials.ts'

/** Of a sweep or parallel step: names and notes, where it runs, and what is a part of the key by itself. */
const NOT_OF_NODE = new Set([
  ...'display_name description comment tags properties services compute'.split(' '),
  ...'inputs outputs component trial'.split(' '),
])
/** Of the component that it works from: what it is called, and notes. */
const NOT_OF_COMPONENT = new Set(
  '$schema name version display_name description tags is_deterministic'.split(' '),
)

/**
 * What decides the result of a sweep or parallel step beside its inputs and its process: its own settings, what its
 * component holds, and the steps of a trial that is a pipeline.
 */
export function settingsPart(controlled: NonNullable<JobPlan['controlled']>): ReusePart {
  const { node, component, template, ...more } = controlled
  const { trial, component: own } = (node ?? {}) as { trial?: unknown; component?: unknown }
  const value = {
    ...more,
    node: without(node, NOT_OF_NODE),
    component: without(component ?? trial ?? own, NOT_OF_COMPONENT),
    steps: ((template ?? []) as TrialTemplate).map(partsOf),
  }
  return { name: 'settings', value: JSON.stringify(value) }
}

function without(value: unknown, names: ReadonlySet<string>): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.has(name)))
}

/**
 * What decides the result of a step of a trial. An input that another job writes is left out, for it would name that
 * job: the component says which it is.
 */
function partsOf({ inputs, reuseParts }: JobPlan) {
  const bound = inputs.filter(({ source }) => source.from === 'output')
  const names = new Set(bound.map(({ name }) => `inputs.${name}`))
  return reuseParts.filter(({ name }) => !names.has(name))
}
