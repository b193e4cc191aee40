import type {
  CommandComponent,
  CommandJob,
  Distribution,
  EnvironmentEntity,
  OutputMode,
  OutputValue,
  PathType,
  Port,
  Resources,
} from '../entity.ts'
import type { JobPlan, PlannedInput, PlannedOutput, PlannedProcess } from './job-plan.ts'
import { artifactUri, explicitPlace, generatedPlace, shortName } from './place.ts'
import type { Inherited } from './plan-job.ts'
import { planSlots } from './plan-slots.ts'
import { reusePartsOf } from './reuse-key.ts'
import { type PlanContext, report } from './scope.ts'

/** What a step says of itself, whether inline or around a component. */
export interface NodeLike {
  readonly compute?: string
  readonly display_name?: string
  readonly description?: string
  readonly tags?: Readonly<Record<string, string | null>>
  readonly properties?: Readonly<Record<string, string | null>>
  readonly environment?: string | EnvironmentEntity
  readonly environment_variables?: Readonly<Record<string, string>>
  readonly distribution?: Distribution
  readonly resources?: Resources
  readonly limits?: Readonly<Record<string, number>>
}

/** An output with what is known of its place from the pipelines around. */
export interface GivenOutput {
  readonly name: string
  readonly value: OutputValue
  readonly type: PathType
  /** What `${{output_name}}` stands for in `value.path`. */
  readonly placeName: string
}

export interface PlanCommand {
  readonly name: string
  readonly parent: string | null
  readonly step: string
  readonly inherited: Inherited
  readonly node: NodeLike
  readonly fields: CommandJob | CommandComponent
  readonly entity: Readonly<Record<string, unknown>>
  readonly inputs: readonly PlannedInput[]
  readonly ports: Readonly<Record<string, Port>>
  readonly outputs: readonly GivenOutput[]
  /** Of a step whose results another run of it may take. */
  readonly isDeterministic: boolean
}

/** Plans one process: a standalone command job or a step of a pipeline. */
export function planCommand(context: PlanContext, given: PlanCommand): JobPlan {
  const { node, fields, inherited } = given
  const process = planProcess(context, given)
  const outputs = given.outputs.map((output) =>
    isKeptFiles(output, fields.command)
      ? { ...placeOutput(output, given), uri: artifactUri(given.name), isExplicit: true }
      : placeOutput(output, given),
  )
  const plan: JobPlan = {
    ...commonPlan(given, inherited, node),
    type: 'command',
    entity: given.entity,
    needs: needsOf(given.inputs),
    inputs: given.inputs,
    outputs,
    continueOnStepFailure: true,
    isReusable: given.isDeterministic && !inherited.forceRerun,
    reuseParts: [],
    ...(process && { process }),
  }
  const paths = new Map(given.outputs.map(({ name, value }) => [name, value.path]))
  return given.isDeterministic && process !== undefined
    ? { ...plan, reuseParts: reusePartsOf(plan, { command: fields.command, paths }) }
    : plan
}

/** The fields that every kind of job has. */
export function commonPlan(
  { name, parent, step }: { name: string; parent: string | null; step: string },
  inherited: Inherited,
  node: NodeLike,
) {
  return {
    ...{ name, parent, step },
    root: inherited.root,
    displayName: node.display_name ?? (step === '' ? name : (step.split('.').at(-1) ?? name)),
    description: node.description ?? null,
    experiment: inherited.experiment,
    compute: node.compute === undefined ? inherited.compute : shortName(node.compute),
    tags: texts(node.tags),
    properties: texts(node.properties),
  }
}

function texts(
  given: Readonly<Record<string, string | null>> | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(given ?? {}).map(([key, value]) => [key, value ?? '']))
}

/** The jobs whose outputs these inputs read, each once, in the order of the inputs. */
export function needsOf(inputs: readonly PlannedInput[]): string[] {
  const jobs = inputs.flatMap(({ source }) => (source.from === 'output' ? [source.job] : []))
  return [...new Set(jobs)]
}

export function planProcess(
  context: PlanContext,
  { node, fields, step, inherited }: Pick<PlanCommand, 'node' | 'fields' | 'step' | 'inherited'>,
): PlannedProcess | undefined {
  const path = step === '' ? '' : `jobs.${step.replaceAll('.', '.jobs.')}.`
  const given = node.environment ?? fields.environment
  const environment = context.resolved.environments.get(environmentKey(given))
  if (environment === undefined) {
    report(context, 'InvalidReference', `${path}environment`, 'the environment was not found')
    return undefined
  }
  const code = fields.code === undefined ? undefined : context.resolved.code.get(fields.code)
  if (fields.code !== undefined && code === undefined) {
    report(context, 'FileNotFound', `${path}code`, `the code "${fields.code}" was not found`)
    return undefined
  }
  const resources = { ...fields.resources, ...node.resources }
  const distribution = node.distribution ?? fields.distribution
  const timeoutSeconds = node.limits?.['timeout']
  const compute = node.compute === undefined ? inherited.compute : shortName(node.compute)
  return {
    command: fields.command,
    environment,
    environmentVariables: { ...fields.environment_variables, ...node.environment_variables },
    instanceCount: resources.instance_count ?? 1,
    resources: { ...resources },
    ...planSlots(context, { compute, resources, path }),
    ...(code && { code }),
    ...(distribution && { distribution }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  }
}

/** An inline environment is known to `ResolvedAssets` by its own JSON. */
function environmentKey(given: string | EnvironmentEntity): string {
  return typeof given === 'string' ? given : JSON.stringify(given)
}

/** As in Azure, `artifacts` is a name for where a job's `./outputs` and `./logs` go, unless the command fills it. */
function isKeptFiles({ name, value, type }: GivenOutput, command: string): boolean {
  const isFree = name === 'artifacts' && type === 'uri_folder' && value.path === undefined
  return isFree && !/\$\{\{\s*outputs\.artifacts\s*\}\}/.test(command)
}

export function placeOutput(
  { name, value, type, placeName }: GivenOutput,
  job: Pick<PlanCommand, 'name' | 'inherited'>,
): PlannedOutput {
  const mode: OutputMode = value.mode ?? 'rw_mount'
  const facts = { job: job.name, type, datastore: job.inherited.datastore }
  const isExplicit = value.path !== undefined
  const uri =
    value.path === undefined
      ? generatedPlace({ ...facts, output: name })
      : explicitPlace(value.path, { ...facts, output: placeName })
  const register = registration(value)
  return { name, type, mode, uri, isExplicit, ...(register && { register }) }
}

export function registration(value: OutputValue): PlannedOutput['register'] {
  if (value.name === undefined) return undefined
  return { name: value.name, ...(value.version !== undefined && { version: value.version }) }
}
