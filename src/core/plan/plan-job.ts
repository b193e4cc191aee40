import type { CommandJob, InputValue, JobEntity, OutputValue, PipelineJob } from '../entity.ts'
import type { Diagnostic } from '../errors.ts'
import type { JobPlan, PlannedInput } from './job-plan.ts'
import { findStuck } from './order.ts'
import { childName, shortName } from './place.ts'
import { planCommand } from './plan-command.ts'
import { planControlled } from './plan-controlled.ts'
import { planPipeline } from './plan-pipeline.ts'
import type { ResolvedAssets } from './resolved.ts'
import { bindValue, type PlanContext, report } from './scope.ts'

export interface PlanOptions {
  /** The job's name: `entity.name`, or one made up. */
  readonly name: string
  /** Used where `experiment_name` is absent: Azure takes the name of the current folder. */
  readonly experiment: string
  /** Short name of the compute for jobs that name none. */
  readonly compute: string
  /** Short name of the workspace's default datastore. */
  readonly datastore: string
  /** A hexadecimal digest of a text. */
  readonly hash: (text: string) => string
}

export interface Plan {
  /** The job itself first, then its children in the order of the file. */
  readonly jobs: readonly JobPlan[]
  readonly diagnostics: readonly Diagnostic[]
}

/** What a job hands down to everything inside it. */
export interface Inherited {
  readonly root: string
  readonly experiment: string
  readonly compute: string
  readonly datastore: string
  readonly continueOnStepFailure: boolean
  readonly forceRerun: boolean
}

/**
 * Plans a pinned job: nested pipelines become child jobs of their own, every binding is followed to the command
 * that writes or the value that is given, and each job waits for those whose outputs it reads and for nothing else.
 *
 * The same entity gives the same plan. Reports `BindingNotFound`, `MissingField` and `PipelineCycle`; never throws.
 */
export function planJob(entity: JobEntity, resolved: ResolvedAssets, options: PlanOptions): Plan {
  const context: PlanContext = { resolved, hash: options.hash, diagnostics: [] }
  const jobs = planRoot(context, entity, options)
  const stuck = findStuck(jobs)
  if (stuck.length > 0) {
    const message = `these jobs wait for one another: ${stuck.map((job) => job.step).join(', ')}`
    report(context, 'PipelineCycle', 'jobs', message)
  }
  return { jobs, diagnostics: context.diagnostics }
}

function planRoot(context: PlanContext, entity: JobEntity, options: PlanOptions): JobPlan[] {
  const inherited: Inherited = {
    root: options.name,
    experiment: entity.experiment_name ?? options.experiment,
    compute: entity.compute === undefined ? options.compute : shortName(entity.compute),
    datastore: options.datastore,
    continueOnStepFailure: true,
    forceRerun: false,
  }
  const own = { name: options.name, parent: null, step: '' }
  if (entity.type === 'command') return [planStandalone(context, entity, inherited)]
  if (entity.type === 'sweep') return [planControlled(context, { ...own, inherited, node: entity })]
  const nameOf = (step: string) => childName(options.name, step, context.hash)
  return planPipeline(context, {
    ...own,
    entity: { ...entity },
    inputs: planJobInputs(context, entity.inputs ?? {}),
    outputs: jobOutputs(entity),
    inherited,
    settings: entity.settings,
    jobs: pipelineJobs(context, entity),
    nameOf,
    timeoutSeconds: entity.limits?.timeout,
  })
}

function pipelineJobs(context: PlanContext, entity: PipelineJob) {
  const { component } = entity
  const given =
    typeof component === 'string' ? context.resolved.components.get(component) : component
  return given?.type === 'pipeline' ? given.jobs : (entity.jobs ?? {})
}

const jobOutputs = (entity: PipelineJob) =>
  new Map<string, OutputValue>(Object.entries(entity.outputs ?? {}))

/** Null and empty values are dropped by Azure's client before they travel. */
function planJobInputs(
  context: PlanContext,
  inputs: Readonly<Record<string, InputValue>>,
): PlannedInput[] {
  return Object.entries(inputs).flatMap(([name, value]) => {
    const bound = bindValue(context, undefined, { value, path: `inputs.${name}` })
    return bound === undefined ? [] : [{ name, ...bound }]
  })
}

function planStandalone(context: PlanContext, entity: CommandJob, inherited: Inherited): JobPlan {
  return planCommand(context, {
    name: inherited.root,
    parent: null,
    step: '',
    inherited,
    node: { ...entity },
    fields: entity,
    entity: { ...entity },
    inputs: planJobInputs(context, entity.inputs ?? {}),
    ports: {},
    outputs: Object.entries(entity.outputs ?? {}).map(([name, value]) => ({
      name,
      value,
      type: value.type ?? 'uri_folder',
      placeName: name,
    })),
    isDeterministic: false,
  })
}
