import type {
  CommandComponent,
  CommandJob,
  ComponentEntity,
  ParallelNode,
  SweepJob,
  SweepNode,
} from '../entity.ts'
import type { JobPlan, PlannedInput } from './job-plan.ts'
import {
  commonPlan,
  type GivenOutput,
  type NodeLike,
  needsOf,
  placeOutput,
  planProcess,
} from './plan-command.ts'
import type { Inherited } from './plan-job.ts'
import { planTrials } from './plan-trials.ts'
import { reusePartsOf } from './reuse-key.ts'
import { bindValue, own, type PlanContext } from './scope.ts'

export interface PlanControlled {
  readonly name: string
  readonly parent: string | null
  readonly step: string
  readonly inherited: Inherited
  readonly node: SweepJob | SweepNode | ParallelNode
  readonly component?: ComponentEntity | undefined
  readonly inputs?: readonly PlannedInput[]
  readonly outputs?: readonly GivenOutput[]
  /** Of a step whose results another run of it may take. */
  readonly isDeterministic?: boolean
}

/**
 * Plans a sweep or parallel job: one job whose controller makes children while it runs. The entity and the
 * component it works from are in `controlled`; the process of a sweep's trial, its `${{search_space.x}}` still to
 * be filled in, is in `process`.
 */
export function planControlled(context: PlanContext, given: PlanControlled): JobPlan {
  const { node, inherited } = given
  const component = given.component ?? standaloneComponent(context, node)
  const inputs = given.inputs ?? standaloneInputs(context, node)
  const givenOutputs = given.outputs ?? standaloneOutputs(node)
  const outputs = givenOutputs.map((output) => placeOutput(output, given))
  const process = processFields(node, component)
  const planned =
    process &&
    planProcess(context, { node: nodeLike(node), fields: process, step: given.step, inherited })
  const limits = node.limits as Readonly<Record<string, number>> | undefined
  // A sweep's own limit is its controller's business: it keeps the best trial so far.
  const timeoutSeconds = node.type === 'sweep' ? undefined : own(limits, 'timeout')
  const template =
    node.type === 'sweep' &&
    planTrials(context, {
      ...{ name: given.name, step: given.step, inherited, node, component, inputs },
      outputs: givenOutputs,
      process: planned,
    })
  const plan: JobPlan = {
    ...commonPlan(given, inherited, nodeLike(node)),
    type: node.type,
    entity: { ...node },
    needs: needsOf(inputs),
    inputs,
    outputs,
    continueOnStepFailure: true,
    isReusable: given.isDeterministic === true && !inherited.forceRerun,
    reuseParts: [],
    controlled: { node, component: component ?? null, ...(template && { template }) },
    ...(planned && { process: planned }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  }
  if (given.isDeterministic !== true) return plan
  const command = process?.command ?? ''
  const paths = new Map(givenOutputs.map(({ name, value }) => [name, value.path]))
  return { ...plan, reuseParts: reusePartsOf(plan, { command, paths }) }
}

/** The component that a standalone sweep tries out, when its trial is one. */
function standaloneComponent(context: PlanContext, node: SweepJob | SweepNode | ParallelNode) {
  if (node.type !== 'sweep') return undefined
  const { trial } = node
  if (typeof trial === 'string') return context.resolved.components.get(trial)
  return 'type' in trial ? trial : undefined
}

function nodeLike(node: SweepJob | SweepNode | ParallelNode): NodeLike {
  const { compute, display_name, description, tags, properties, resources } = node
  const environment_variables =
    'environment_variables' in node ? node.environment_variables : undefined
  const given = {
    ...{ compute, display_name, description, tags, properties, resources },
    environment_variables,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** What a trial or a scoring process is started from; a pipeline component has none. */
function processFields(
  node: SweepJob | SweepNode | ParallelNode,
  component: ComponentEntity | undefined,
): CommandJob | CommandComponent | undefined {
  if (component?.type === 'command') return component
  if (component?.type === 'parallel' || node.type === 'parallel') {
    const task = node.type === 'parallel' ? node.task : undefined
    const parallel = component?.type === 'parallel' ? component.task : undefined
    const { code, environment, program_arguments } = { ...parallel, ...task }
    if (environment === undefined) return undefined
    const command = program_arguments ?? ''
    return { type: 'command', command, environment, ...(code !== undefined && { code }) }
  }
  if (node.type !== 'sweep' || typeof node.trial === 'string') return undefined
  return 'command' in node.trial ? { ...node.trial, type: 'command' } : undefined
}

function standaloneInputs(
  context: PlanContext,
  node: SweepJob | SweepNode | ParallelNode,
): PlannedInput[] {
  return Object.entries(node.inputs ?? {}).flatMap(([name, value]) => {
    const bound = bindValue(context, undefined, { value, path: `inputs.${name}` })
    return bound === undefined ? [] : [{ name, ...bound }]
  })
}

function standaloneOutputs(node: SweepJob | SweepNode | ParallelNode): GivenOutput[] {
  return Object.entries(node.outputs ?? {}).map(([name, given]) => {
    const value = typeof given === 'string' ? {} : given
    return { name, value, type: value.type ?? 'uri_folder', placeName: name }
  })
}
