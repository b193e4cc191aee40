import type { ComponentEntity, OutputValue, SweepJob, SweepNode } from '../entity.ts'
import { renderLiteral } from '../expressions/template.ts'
import type { Parameters, ParameterValue } from '../sweep/space.ts'
import type { JobPlan, PlannedInput, PlannedProcess } from './job-plan.ts'
import { commonPlan, type GivenOutput, needsOf, placeOutput } from './plan-command.ts'
import type { Inherited } from './plan-job.ts'
import { planPipeline } from './plan-pipeline.ts'
import { own, type PlanContext } from './scope.ts'

/**
 * A sweep's trials are planned once, at submission, while everything the trial refers to is at hand: as a template
 * in which the trial's number and each hyperparameter are marks. Making a trial is filling in the marks.
 */
export type TrialTemplate = readonly JobPlan[]

const NUMBER_MARK = '@@trial@@'
const parameterMark = (name: string) => `@@parameter:${name}@@`

/** Property of a trial that holds its parameters as JSON. */
export const TRIAL_PARAMETERS = 'amlet.sweep_parameters'

export interface PlanTrials {
  /** The sweep's own name, step and what it inherits. */
  readonly name: string
  readonly step: string
  readonly inherited: Inherited
  readonly node: SweepJob | SweepNode
  readonly component: ComponentEntity | undefined
  readonly inputs: readonly PlannedInput[]
  readonly outputs: readonly GivenOutput[]
  /** Of a command; absent for a pipeline component. */
  readonly process: PlannedProcess | undefined
}

/** Plans the template. Trials are never reused, and their outputs have places of their own. */
export function planTrials(context: PlanContext, given: PlanTrials): TrialTemplate {
  const { component, node, process } = given
  const swept = Object.keys(node.search_space ?? {})
  const inputs = sweptInputs(given.inputs, swept)
  if (component?.type === 'pipeline') return planPipelineTrial(context, { ...given, inputs })
  if (process === undefined) return []
  const isComponent = component !== undefined
  const outputs = given.outputs.map(({ value: { path: _, name: __, ...value }, ...output }) =>
    placeOutput({ ...output, value }, { ...given, name: trialName(given.name) }),
  )
  return [
    {
      ...commonPlan(placeOf(given), given.inherited, {}),
      type: 'command',
      entity: trialEntity(node, process),
      needs: needsOf(inputs),
      inputs: isComponent ? inputs : given.inputs,
      outputs,
      process: sweptProcess(process, swept, node.limits),
      continueOnStepFailure: true,
      isReusable: false,
      reuseParts: [],
    },
  ]
}

const trialName = (sweep: string) => `${sweep}_${NUMBER_MARK}`

function placeOf({ name, step }: PlanTrials) {
  const own = `trial_${NUMBER_MARK}`
  return { name: trialName(name), parent: name, step: step === '' ? own : `${step}.${own}` }
}

/** The inputs of a component, the hyperparameters in the place of inputs of the same name. */
function sweptInputs(inputs: readonly PlannedInput[], swept: readonly string[]): PlannedInput[] {
  const fixed = inputs.filter((input) => !swept.includes(input.name))
  const drawn = swept.map(
    (name): PlannedInput => ({
      name,
      source: { from: 'literal', text: parameterMark(name) },
    }),
  )
  return [...fixed, ...drawn]
}

function sweptProcess(
  process: PlannedProcess,
  swept: readonly string[],
  limits: Readonly<Record<string, number>> | SweepJob['limits'],
): PlannedProcess {
  const command = process.command.replaceAll(
    /\$\{\{\s*search_space\.([\w.-]+)\s*\}\}/g,
    (whole, name: string) => (swept.includes(name) ? parameterMark(name) : whole),
  )
  const timeoutSeconds = own(
    limits as Readonly<Record<string, number>> | undefined,
    'trial_timeout',
  )
  const { timeoutSeconds: _, ...rest } = process
  return {
    ...rest,
    command,
    environmentVariables: { ...process.environmentVariables, ...sweptVariables(swept) },
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  }
}

const sweptVariables = (swept: readonly string[]) =>
  Object.fromEntries(swept.map((name) => [`AZUREML_SWEEP_${name}`, parameterMark(name)]))

function trialEntity(node: SweepJob | SweepNode, process: PlannedProcess) {
  const swept = Object.keys(node.search_space ?? {})
  return {
    type: 'command',
    command: sweptProcess(process, swept, undefined).command,
    environment: process.environment.id,
    ...(process.code && { code: process.code.id }),
    inputs: {
      ...node.inputs,
      ...Object.fromEntries(swept.map((name) => [name, parameterMark(name)])),
    },
  }
}

function planPipelineTrial(context: PlanContext, given: PlanTrials): TrialTemplate {
  const { component, node } = given
  if (component?.type !== 'pipeline') return []
  const place = placeOf(given)
  const swept = Object.keys(node.search_space ?? {})
  const outputs = given.outputs.map(({ name, type }): [string, OutputValue] => [name, { type }])
  const plans = planPipeline(context, {
    ...place,
    entity: { type: 'pipeline', component: component.name ?? 'inline' },
    inputs: given.inputs,
    outputs: new Map(outputs),
    inherited: { ...given.inherited, forceRerun: true },
    settings: undefined,
    jobs: component.jobs,
    nameOf: (step) => `${place.name}-${step.replaceAll('.', '-')}`,
    timeoutSeconds: own(node.limits as Readonly<Record<string, number>>, 'trial_timeout'),
  })
  return plans.map((plan) =>
    plan.process === undefined
      ? plan
      : { ...plan, process: withVariables(plan.process, sweptVariables(swept)) },
  )
}

const withVariables = (process: PlannedProcess, more: Readonly<Record<string, string>>) => ({
  ...process,
  environmentVariables: { ...process.environmentVariables, ...more },
})

/** The jobs of trial `index`: the trial itself first, then what is inside it. */
export function makeTrial(
  template: TrialTemplate,
  { index, parameters }: { readonly index: number; readonly parameters: Parameters },
): JobPlan[] {
  const fill = (text: string) =>
    text.replaceAll(/@@(?:trial|parameter:([^@]*))@@/g, (whole, name: string | undefined) =>
      name === undefined
        ? String(index)
        : Object.hasOwn(parameters, name)
          ? renderParameter(parameters[name] ?? null)
          : whole,
    )
  return template.map((plan, position) => {
    const filled = fillAll(plan, fill)
    if (position > 0) return filled
    const properties = { ...filled.properties, [TRIAL_PARAMETERS]: JSON.stringify(parameters) }
    return { ...filled, properties }
  })
}

/** As Azure renders a literal; an object (from a nested choice) as JSON. */
function renderParameter(value: ParameterValue): string {
  return typeof value === 'object' ? JSON.stringify(value) : renderLiteral(value)
}

function fillAll<T>(value: T, fill: (text: string) => string): T {
  if (typeof value === 'string') return fill(value) as T
  if (Array.isArray(value)) return value.map((item) => fillAll(item, fill)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [fill(key), fillAll(inner, fill)]),
  ) as T
}
