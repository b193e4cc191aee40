import type {
  ComponentEntity,
  JobEntity,
  PipelineJob,
  PipelineNode,
  SweepJob,
} from '../core/entity.ts'
import { type Diagnostic, throwOnErrors } from '../core/errors.ts'
import type { ResolvedAssets } from '../core/plan/resolved.ts'
import type { Progress } from '../files/progress.ts'
import type { AssetUse } from '../store/asset-uses.ts'
import type { ComputeChoice } from './computes.ts'
import { type Context, Notes } from './context.ts'
import { Pinner, type SourceLookup } from './pinner.ts'
import type { BytesUse } from './upload.ts'

export interface PinJobOptions {
  readonly sources: SourceLookup
  /** Refuses every substitution. */
  readonly strict?: boolean
  /** Default `store`. Otherwise it is only checked: nothing is uploaded, recorded or fetched. */
  readonly bytes?: BytesUse
  readonly progress?: Progress | undefined
}

export interface PinnedJob<T = JobEntity> {
  readonly entity: T
  readonly resolved: ResolvedAssets
  /** What was substituted, and what each input will be; one line each. */
  readonly warnings: readonly Diagnostic[]
  /** To be recorded with the job: `recordAssetUses`. */
  readonly uses: readonly AssetUse[]
  /** Text of every `compute` → where that runs. */
  readonly computes: ReadonlyMap<string, ComputeChoice>
}

/**
 * Resolves everything that a job refers to, through nodes and components, once: `@latest` becomes a version,
 * local files and code are stored. First everything is checked, then bytes are brought.
 *
 * @throws AmletError with every problem, each with its place in the file.
 */
export async function pinJob(
  ctx: Context,
  entity: JobEntity,
  options: PinJobOptions,
): Promise<PinnedJob> {
  return pinTwice(ctx, options, (pinner) => pinJobEntity(pinner, entity))
}

/** Pins a component that is to be registered, in the same way. */
export async function pinComponent(
  ctx: Context,
  entity: ComponentEntity,
  options: PinJobOptions,
): Promise<PinnedJob<ComponentEntity>> {
  return pinTwice(ctx, options, (pinner) => pinComponentEntity(pinner, entity, ''))
}

async function pinTwice<T>(
  ctx: Context,
  options: PinJobOptions,
  pin: (pinner: Pinner) => Promise<T>,
): Promise<PinnedJob<T>> {
  const { sources, strict = false, bytes = 'store', progress } = options
  const found = new Notes(strict)
  const check = new Pinner(ctx, sources, {
    notes: found,
    bytes: bytes === 'store' ? 'hash' : bytes,
  })
  const checked = await pin(check)
  throwOnErrors(check.problems)
  if (bytes !== 'store') return result(checked, check, found.list.filter(isSubstitution))
  const notes = new Notes(strict, progress)
  const pinner = new Pinner(ctx, sources, { notes, bytes })
  const entity = await pin(pinner)
  throwOnErrors(pinner.problems)
  return result(entity, pinner, notes.list)
}

const isSubstitution = ({ code }: Diagnostic) => code === 'Substitution'

/**
 * What a job or component refers to that is not here, as errors, and what would stand in for something, as
 * warnings; each with its place. No bytes are looked at.
 */
export async function lookUp(
  ctx: Context,
  entity: JobEntity | ComponentEntity,
  { kind, sources }: { readonly kind: 'job' | 'component'; readonly sources: SourceLookup },
): Promise<readonly Diagnostic[]> {
  const notes = new Notes()
  const pinner = new Pinner(ctx, sources, { notes, bytes: 'leave' })
  if (kind === 'job') await pinJobEntity(pinner, entity as JobEntity)
  else await pinComponentEntity(pinner, entity as ComponentEntity, '')
  return [...pinner.problems, ...notes.list.filter(isSubstitution)]
}

function result<T>(entity: T, pinner: Pinner, warnings: readonly Diagnostic[]): PinnedJob<T> {
  const { resolved, uses, computes } = pinner
  const seen = new Set<string>()
  const once = warnings.filter(({ message }) => !seen.has(message) && seen.add(message))
  return { entity, resolved, warnings: once, uses, computes }
}

async function pinJobEntity(pinner: Pinner, job: JobEntity): Promise<JobEntity> {
  pinner.compute(job.compute, 'compute')
  const inputs = await pinner.inputs(job.inputs, 'inputs')
  const shared = inputs === undefined ? {} : { inputs }
  switch (job.type) {
    case 'command':
      return { ...(await pinner.command(job, '')), ...shared }
    case 'pipeline':
      return { ...(await pinPipeline(pinner, job)), ...shared }
    case 'sweep':
      return { ...(await pinSweep(pinner, job)), ...shared }
  }
}

async function pinPipeline(pinner: Pinner, job: PipelineJob): Promise<PipelineJob> {
  pinner.compute(job.settings?.default_compute, 'settings.default_compute')
  if (typeof job.component === 'string') {
    const named = await pinner.named(job.component, 'component')
    if (named.entity?.type !== 'pipeline') return { ...job, component: named.path }
    const jobs = await pinNodes(pinner, named.entity.jobs, 'component.jobs')
    return { ...job, component: named.path, jobs }
  }
  if (job.component !== undefined)
    return { ...job, component: await pinComponentEntity(pinner, job.component, 'component') }
  return { ...job, jobs: await pinNodes(pinner, job.jobs, 'jobs') }
}

async function pinNodes(
  pinner: Pinner,
  nodes: Readonly<Record<string, PipelineNode>>,
  path: string,
): Promise<Record<string, PipelineNode>> {
  const pinned: [string, PipelineNode][] = []
  for (const [name, node] of Object.entries(nodes))
    pinned.push([name, await pinNode(pinner, node, `${path}.${name}`)])
  return Object.fromEntries(pinned)
}

async function pinNode(pinner: Pinner, node: PipelineNode, path: string): Promise<PipelineNode> {
  pinner.compute(node.compute, `${path}.compute`)
  const inputs = await pinner.inputs(node.inputs, `${path}.inputs`)
  const shared = inputs === undefined ? {} : { inputs }
  if (node.type === 'sweep')
    return { ...node, ...shared, trial: await pinPart(pinner, node.trial, `${path}.trial`) }
  const component = await pinPart(pinner, node.component, `${path}.component`)
  const pinned = { ...node, ...shared, component } as PipelineNode
  if (node.type === 'parallel' && node.task !== undefined)
    return { ...pinned, task: await pinner.task(node.task, `${path}.task`) } as PipelineNode
  if (node.type !== 'command' || node.environment === undefined) return pinned
  const environment = await pinner.environment(node.environment, `${path}.environment`)
  return { ...pinned, environment } as PipelineNode
}

/** A component that stands inline is pinned where it stands; one that is named is looked up, with its parts. */
async function pinPart<C extends ComponentEntity>(
  pinner: Pinner,
  component: string | C,
  path: string,
): Promise<string | C> {
  if (typeof component !== 'string') return (await pinComponentEntity(pinner, component, path)) as C
  const known = pinner.resolved.components.size
  const named = await pinner.named(component, path)
  const isNew = pinner.resolved.components.size > known
  if (isNew && named.entity !== undefined) await pinComponentEntity(pinner, named.entity, path)
  return named.path
}

async function pinComponentEntity(
  pinner: Pinner,
  component: ComponentEntity,
  path: string,
): Promise<ComponentEntity> {
  const at = (field: string) => (path === '' ? field : `${path}.${field}`)
  switch (component.type) {
    case 'command': {
      const { additional_includes: includes, ...rest } = component
      return pinner.command(rest, path, includes)
    }
    case 'parallel':
      if (component.task === undefined) return component
      return { ...component, task: await pinner.task(component.task, at('task')) }
    case 'pipeline':
      return { ...component, jobs: await pinNodes(pinner, component.jobs, at('jobs')) }
  }
}

async function pinSweep(pinner: Pinner, job: SweepJob): Promise<SweepJob> {
  const { trial } = job
  if (typeof trial === 'string' || 'type' in trial)
    return { ...job, trial: await pinPart(pinner, trial, 'trial') }
  return { ...job, trial: await pinner.command(trial, 'trial') }
}
