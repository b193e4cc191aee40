import type {
  CommandComponent,
  OutputValue,
  PathType,
  PipelineComponentNode,
  PipelineNode,
  PipelineSettings,
  Port,
} from '../entity.ts'
import { bindSettings } from './bind-settings.ts'
import type { JobPlan, PlannedInput, PlannedOutput } from './job-plan.ts'
import { explicitPlace, generatedPlace, shortName } from './place.ts'
import { commonPlan, type GivenOutput, planCommand, registration } from './plan-command.ts'
import { planControlled } from './plan-controlled.ts'
import type { Inherited } from './plan-job.ts'
import {
  bindValue,
  boundOutput,
  componentOf,
  findPromoted,
  literal,
  outputType,
  own,
  type PipelineOutput,
  type PlanContext,
  report,
  type Scope,
} from './scope.ts'

export interface PlanPipeline {
  readonly name: string
  readonly parent: string | null
  readonly step: string
  readonly entity: Readonly<Record<string, unknown>>
  readonly inputs: readonly PlannedInput[]
  readonly outputs: ReadonlyMap<string, OutputValue>
  /** Outputs whose place is decided further out: name → there. */
  readonly promoted?: ReadonlyMap<string, PipelineOutput>
  readonly inherited: Inherited
  readonly settings: PipelineSettings | undefined
  readonly jobs: Readonly<Record<string, PipelineNode>>
  /** Name of the job at a dotted path below this pipeline. */
  readonly nameOf: (step: string) => string
  readonly timeoutSeconds?: number | undefined
}

/** Plans a pipeline, the whole job or one inside another: itself first, then all below it. */
export function planPipeline(context: PlanContext, given: PlanPipeline): JobPlan[] {
  const inherited = inherit(given)
  const scope: Scope = {
    job: given.name,
    step: given.step,
    jobs: given.jobs,
    inputs: new Map(given.inputs.map((input) => [input.name, input])),
    outputs: new Map(
      [...given.outputs].map(([name, value]) => [
        name,
        given.promoted?.get(name) ?? { value, name },
      ]),
    ),
    nameOf: given.nameOf,
  }
  const children = Object.entries(given.jobs).flatMap(([step, node]) =>
    planStep(context, scope, { step, node, inherited }),
  )
  const places = new Map(
    children.flatMap((job) => job.outputs.map((output) => [`${job.name}/${output.name}`, output])),
  )
  const outputs = [...given.outputs].map(([name, value]) =>
    planPromoted(context, scope, { name, value, places, inherited }),
  )
  const { timeoutSeconds } = given
  const self: JobPlan = {
    ...commonPlan(given, inherited, given.entity),
    type: 'pipeline',
    entity: given.entity,
    needs: [],
    inputs: given.inputs,
    outputs,
    continueOnStepFailure: inherited.continueOnStepFailure,
    isReusable: false,
    reuseParts: [],
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  }
  return [self, ...children]
}

function inherit({ inherited, settings }: PlanPipeline): Inherited {
  if (settings === undefined) return inherited
  const { default_compute, default_datastore, continue_on_step_failure, force_rerun } = settings
  return {
    ...inherited,
    ...(default_compute !== undefined && { compute: shortName(default_compute) }),
    ...(default_datastore !== undefined && { datastore: shortName(default_datastore) }),
    ...(continue_on_step_failure !== undefined && {
      continueOnStepFailure: continue_on_step_failure,
    }),
    ...(force_rerun !== undefined && { forceRerun: force_rerun }),
  }
}

interface Step {
  readonly step: string
  readonly node: PipelineNode
  readonly inherited: Inherited
}

function planStep(
  context: PlanContext,
  scope: Scope,
  { step, inherited, ...given }: Step,
): JobPlan[] {
  const field = fieldOf(scope, step)
  const node = bindSettings(context, scope, { node: given.node, field })
  const component = componentOf(context, node)
  const isSweptCommand = node.type === 'sweep' && component === undefined
  if (component === undefined && !isSweptCommand) {
    report(
      context,
      'ResourceNotFound',
      `${field}.component`,
      `the component of "${step}" is unknown`,
    )
    return []
  }
  const ports = portsToBind(node, component?.inputs ?? {})
  const inputs = bindInputs(context, scope, { step, node, ports })
  const planned = {
    name: scope.nameOf(step),
    parent: scope.job,
    step: scope.step === '' ? step : `${scope.step}.${step}`,
    inherited,
    inputs,
  }
  if (node.type === 'pipeline' && component?.type === 'pipeline')
    return planNested(context, scope, { ...planned, node, jobs: component.jobs, local: step })
  const outputs = stepOutputs(context, scope, node)
  const isDeterministic = node.is_deterministic ?? component?.is_deterministic ?? true
  if (node.type === 'command' && component?.type === 'command') {
    const entity = stepEntity(node, component)
    return [
      planCommand(context, {
        ...planned,
        ...{ node, ports, outputs, isDeterministic, entity, fields: component },
      }),
    ]
  }
  if (node.type === 'sweep' || node.type === 'parallel')
    return [planControlled(context, { ...planned, node, component, outputs, isDeterministic })]
  report(context, 'WrongKind', field, `the component of "${step}" is of type ${component?.type}`)
  return []
}

/** What the search space of a sweep gives is not asked of its inputs. */
function portsToBind(node: PipelineNode, ports: Readonly<Record<string, Port>>) {
  if (node.type !== 'sweep') return ports
  const swept = new Set(Object.keys(node.search_space ?? {}))
  return Object.fromEntries(Object.entries(ports).filter(([name]) => !swept.has(name)))
}

const fieldOf = (scope: Scope, step: string) =>
  `${scope.step === '' ? '' : `jobs.${scope.step.replaceAll('.', '.jobs.')}.`}jobs.${step}`

/** The step as `job show` prints it: a component given inline is spelt out, a named one is named. */
function stepEntity(
  { component, ...node }: Extract<PipelineNode, { type: 'command' }>,
  { command, code, environment, ...fields }: CommandComponent,
): Readonly<Record<string, unknown>> {
  const { resources, distribution, environment_variables } = fields
  return {
    command,
    ...{ code, environment, resources, distribution, environment_variables },
    ...node,
    component: typeof component === 'string' ? component : (component.name ?? 'inline'),
  }
}

function bindInputs(
  context: PlanContext,
  scope: Scope,
  {
    step,
    node,
    ports,
  }: { step: string; node: PipelineNode; ports: Readonly<Record<string, Port>> },
): PlannedInput[] {
  const field = `${fieldOf(scope, step)}.inputs`
  const given = node.inputs ?? {}
  const bound = Object.entries(given).flatMap(([name, value]): PlannedInput[] => {
    const port = own(ports, name)
    const group = groupOf(scope, value)
    if (group !== undefined)
      return group.map((input) => ({ ...input, name: `${name}.${input.suffix}` }))
    const source = bindValue(context, scope, { value, path: `${field}.${name}`, port })
    if (source === undefined) return []
    const mode = (typeof value === 'object' ? value.mode : undefined) ?? portMode(port)
    const type = isPath(port?.type) ? port.type : source.type
    const bytes = source.source.from === 'data' || source.source.from === 'output'
    return [
      {
        name,
        source: source.source,
        ...(bytes && type && { type }),
        ...(bytes && mode && { mode }),
      },
    ]
  })
  return [...bound, ...absentInputs(context, { step, field, given, ports })]
}

const isPath = (type: string | undefined): type is PathType =>
  type !== undefined && !['string', 'number', 'integer', 'boolean'].includes(type)

const portMode = (port: Port | undefined) => port?.mode as PlannedInput['mode'] | undefined

/** `${{parent.inputs.group}}`, where the pipeline's inputs are called `group.a`, `group.b`. */
function groupOf(scope: Scope, value: unknown) {
  if (typeof value !== 'string') return undefined
  const binding = boundOutput(value)
  if (binding?.of !== 'input' || scope.inputs.has(binding.name)) return undefined
  const prefix = `${binding.name}.`
  const items = [...scope.inputs.values()].filter((input) => input.name.startsWith(prefix))
  if (items.length === 0) return undefined
  return items.map((input) => ({ ...input, suffix: input.name.slice(prefix.length) }))
}

interface Absent {
  readonly step: string
  readonly field: string
  readonly given: Readonly<Record<string, unknown>>
  readonly ports: Readonly<Record<string, Port>>
}

function absentInputs(context: PlanContext, { step, field, given, ports }: Absent): PlannedInput[] {
  return Object.entries(ports).flatMap(([name, port]): PlannedInput[] => {
    if (Object.hasOwn(given, name)) return []
    if (Object.keys(given).some((key) => name.startsWith(`${key}.`))) return []
    if (port.default !== undefined) return [{ name, source: literal(port.default, port) }]
    if (port.optional === true) return [{ name, source: { from: 'nothing' } }]
    const message = `the input "${name}" of "${step}" is required and not given`
    report(context, 'MissingField', `${field}.${name}`, message)
    return []
  })
}

interface Nested {
  readonly name: string
  readonly parent: string
  readonly step: string
  readonly local: string
  readonly inherited: Inherited
  readonly inputs: readonly PlannedInput[]
  readonly node: PipelineComponentNode
  readonly jobs: Readonly<Record<string, PipelineNode>>
}

function planNested(context: PlanContext, scope: Scope, given: Nested): JobPlan[] {
  const { node, local, jobs, ...rest } = given
  const component = componentOf(context, node)
  const names = new Set([
    ...Object.keys(component?.outputs ?? {}),
    ...Object.keys(node.outputs ?? {}),
  ])
  const outputs = [...names].map((name): [string, OutputValue] => {
    const type = outputType(context, node, name)
    return [name, { ...(type && { type }), ...outputValue(own(node.outputs, name)) }]
  })
  const promoted = new Map(
    [...names].flatMap((name): [string, PipelineOutput][] => {
      const outer = promotedTo(scope, own(node.outputs, name))
      return outer === undefined ? [] : [[name, outer]]
    }),
  )
  const { component: _, ...entity } = node
  return planPipeline(context, {
    ...rest,
    entity: { ...entity, component: componentName(node.component) },
    outputs: new Map(outputs),
    promoted,
    settings: node.settings,
    jobs,
    nameOf: (step) => scope.nameOf(`${local}.${step}`),
    timeoutSeconds: node.limits?.['timeout'],
  })
}

const componentName = (component: string | { readonly name?: string }) =>
  typeof component === 'string' ? component : (component.name ?? 'inline')

/** The entry of a step's output without the binding that it may be. */
function outputValue(value: OutputValue | string | undefined): OutputValue {
  if (value === undefined || typeof value === 'string') return {}
  if (boundOutput(value) === undefined) return value
  const { path: _, ...rest } = value
  return rest
}

function promotedTo(
  scope: Scope,
  value: OutputValue | string | undefined,
): PipelineOutput | undefined {
  const bound = value === undefined ? undefined : boundOutput(value)
  return bound?.of === 'output' ? scope.outputs.get(bound.name) : undefined
}

/** Outputs of a step that is one process; the place of a promoted one is the pipeline's to say. */
function stepOutputs(context: PlanContext, scope: Scope, node: PipelineNode): GivenOutput[] {
  const ports = Object.keys(componentOf(context, node)?.outputs ?? {})
  const names = new Set([...ports, ...Object.keys(node.outputs ?? {})])
  return [...names].map((name) => {
    const value = outputValue(own(node.outputs, name))
    const outer = promotedTo(scope, own(node.outputs, name))
    const type = outputType(context, node, name) ?? outer?.value.type ?? 'uri_folder'
    const { path, mode } = outer?.value ?? {}
    const placed = { ...(path && { path }), ...(mode && { mode }), ...value }
    return { name, type, value: placed, placeName: outer?.name ?? name }
  })
}

interface Promoted {
  readonly name: string
  readonly value: OutputValue
  readonly places: ReadonlyMap<string, PlannedOutput>
  readonly inherited: Inherited
}

function planPromoted(
  context: PlanContext,
  scope: Scope,
  { name, value, places, inherited }: Promoted,
): PlannedOutput {
  const of = findPromoted(context, scope, name)
  const place = of && places.get(`${of.job}/${of.output}`)
  const type = value.type ?? place?.type ?? 'uri_folder'
  const facts = { job: scope.job, output: name, type, datastore: inherited.datastore }
  const path = value.path === undefined ? generatedPlace(facts) : explicitPlace(value.path, facts)
  const register = registration(value)
  return {
    name,
    type,
    mode: value.mode ?? 'rw_mount',
    uri: place?.uri ?? path,
    isExplicit: value.path !== undefined,
    ...(register && { register }),
    ...(of && { of }),
  }
}
