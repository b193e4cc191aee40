import type {
  ComponentEntity,
  InputMode,
  InputValue,
  Literal,
  OutputValue,
  PathType,
  PipelineNode,
  Port,
} from '../entity.ts'
import type { Diagnostic, ErrorCode } from '../errors.ts'
import { renderLiteral } from '../expressions/template.ts'
import { type Binding, type BoundPart, parseBound, parseWholeBinding } from './binding.ts'
import type { InputSource, PlannedInput } from './job-plan.ts'
import type { ResolvedAssets } from './resolved.ts'

/** What is the same for all of a submission. */
export interface PlanContext {
  readonly resolved: ResolvedAssets
  readonly hash: (text: string) => string
  readonly diagnostics: Diagnostic[]
}

/** The inside of one pipeline: what its steps can bind to. */
export interface Scope {
  /** Name of the pipeline job and its dotted path below the root. */
  readonly job: string
  readonly step: string
  readonly jobs: Readonly<Record<string, PipelineNode>>
  readonly inputs: ReadonlyMap<string, PlannedInput>
  /** Outputs of the pipeline, with what is known of their place from further out. */
  readonly outputs: ReadonlyMap<string, PipelineOutput>
  readonly nameOf: (step: string) => string
}

export interface PipelineOutput {
  readonly value: OutputValue
  /** The name by which `value` was given, for `${{output_name}}`. */
  readonly name: string
}

export function report(context: PlanContext, code: ErrorCode, path: string, message: string): void {
  const source = { file: '', line: 0, column: 0, path }
  context.diagnostics.push({ code, message, source })
}

export const own = <T>(record: Readonly<Record<string, T>> | undefined, key: string) =>
  record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined

/** Whose ports a step has: its component, or a sweep's trial. */
export function componentOf(context: PlanContext, node: PipelineNode): ComponentEntity | undefined {
  const given = node.type === 'sweep' ? node.trial : node.component
  return typeof given === 'string' ? context.resolved.components.get(given) : given
}

/** The command that writes output `name` of step `step`: nested pipelines are looked through. */
function findProducer(
  context: PlanContext,
  scope: Pick<Scope, 'jobs' | 'nameOf'>,
  { job, name }: { readonly job: string; readonly name: string },
): { readonly job: string; readonly output: string } | undefined {
  const node = own(scope.jobs, job)
  if (node === undefined) return undefined
  if (node.type !== 'pipeline') {
    const component = componentOf(context, node)
    const isKnown = own(component?.outputs, name) ?? own(node.outputs, name)
    return isKnown === undefined ? undefined : { job: scope.nameOf(job), output: name }
  }
  const component = componentOf(context, node)
  if (component?.type !== 'pipeline') return undefined
  const inner = { jobs: component.jobs, nameOf: (step: string) => scope.nameOf(`${job}.${step}`) }
  return findPromoted(context, inner, name)
}

/** The command that writes output `name` of the pipeline itself. */
export function findPromoted(
  context: PlanContext,
  scope: Pick<Scope, 'jobs' | 'nameOf'>,
  name: string,
): { readonly job: string; readonly output: string } | undefined {
  for (const [job, node] of Object.entries(scope.jobs)) {
    for (const [output, value] of Object.entries(node.outputs ?? {})) {
      const bound = boundOutput(value)
      if (bound?.of === 'output' && bound.name === name)
        return findProducer(context, scope, { job, name: output })
    }
  }
  return undefined
}

/** The binding of a step's output to one of its pipeline. */
export function boundOutput(value: OutputValue | string): Binding | undefined {
  const path = typeof value === 'string' ? value : value.path
  return path === undefined ? undefined : parseWholeBinding(path)
}

/** A value as a step gets it, every binding followed to where the bytes or the text come from. */
export interface BoundValue {
  readonly source: InputSource
  readonly type?: PathType
  readonly mode?: InputMode
}

const MOST_HOPS = 100

interface Bind {
  readonly value: InputValue
  /** Dotted YAML path of the field. */
  readonly path: string
  readonly port?: Port | undefined
  readonly hops?: number
}

/** Follows `value` of the field at `path`; undefined after it has reported why it leads nowhere. */
export function bindValue(
  context: PlanContext,
  scope: Scope | undefined,
  { value, path, port, hops = 0 }: Bind,
): BoundValue | undefined {
  if (typeof value === 'object') {
    const bound = bindText(context, scope, { text: value.path, path, hops })
    if (bound === undefined) return undefined
    const { type = bound.type, mode = bound.mode } = value
    return { source: bound.source, ...(type && { type }), ...(mode && { mode }) }
  }
  if (typeof value === 'string' && scope !== undefined && parseBound(value) !== undefined)
    return bindText(context, scope, { text: value, path, hops })
  return { source: literal(value, port) }
}

/** A literal as it travels: a whole number on a port of type `number` is a float. */
export function literal(value: Literal, port?: Port): InputSource {
  const type = port?.type
  const isPrimitive = type === 'number' || type === 'integer' || type === 'boolean'
  return { from: 'literal', text: renderLiteral(value, isPrimitive ? type : undefined) }
}

interface Text {
  readonly text: string
  readonly path: string
  readonly hops: number
}

function bindText(
  context: PlanContext,
  scope: Scope | undefined,
  { text, path, hops }: Text,
): BoundValue | undefined {
  const parts = scope && parseBound(text)
  if (scope === undefined || parts === undefined) return bindReference(context, text, path)
  const values: (BoundValue | string)[] = []
  for (const part of parts) {
    const value = typeof part === 'string' ? part : follow(context, scope, { part, path, hops })
    if (value === undefined) return undefined
    values.push(value)
  }
  return joinParts(values)
}

/** Text around literals makes one text; text after something with a path goes below it. */
function joinParts(values: readonly (BoundValue | string)[]): BoundValue | undefined {
  const [first, ...rest] = values
  if (typeof first === 'object' && rest.length === 0) return first
  const texts = values.map(textOf)
  if (texts.every((text) => text !== undefined))
    return { source: { from: 'literal', text: texts.join('') } }
  if (typeof first !== 'object') return undefined
  const subpath = rest.map(textOf).join('')
  const { source } = first
  if (source.from === 'literal' || source.from === 'nothing') return first
  return { ...first, source: { ...source, subpath: `${source.subpath ?? ''}${subpath}` } }
}

function textOf(value: BoundValue | string): string | undefined {
  if (typeof value === 'string') return value
  if (value.source.from === 'nothing') return ''
  return value.source.from === 'literal' ? value.source.text : undefined
}

function bindReference(context: PlanContext, text: string, path: string): BoundValue | undefined {
  const data = context.resolved.data.get(text)
  if (data !== undefined) return { source: { from: 'data', data } }
  report(context, 'InvalidReference', path, `"${text}" was not found`)
  return undefined
}

function follow(
  context: PlanContext,
  scope: Scope,
  { part, path, hops }: { part: Exclude<BoundPart, string>; path: string; hops: number },
): BoundValue | undefined {
  if (hops > MOST_HOPS) {
    report(context, 'PipelineCycle', path, `"${part.name}" is bound to itself`)
    return undefined
  }
  switch (part.of) {
    case 'input': {
      const input = scope.inputs.get(part.name)
      if (input !== undefined) return input
      const known = [...scope.inputs.keys()]
      return missing(context, path, `the pipeline has no input "${part.name}"`, known)
    }
    case 'jobOutput': {
      const producer = findProducer(context, scope, part)
      if (producer !== undefined) return followOutput(context, scope, part, producer)
      if (own(scope.jobs, part.job) === undefined)
        return missing(context, path, `there is no job "${part.job}"`, Object.keys(scope.jobs))
      const message = `job "${part.job}" has no output "${part.name}"`
      return missing(context, path, message, outputNames(context, scope, part.job))
    }
    case 'jobInput': {
      const node = own(scope.jobs, part.job)
      const value = own(node?.inputs, part.name) ?? defaultOf(context, node, part.name)
      if (value !== undefined) return bindValue(context, scope, { value, path, hops: hops + 1 })
      const message = `job "${part.job}" has no input "${part.name}"`
      return missing(context, path, message, Object.keys(node?.inputs ?? {}))
    }
    case 'output':
      return missing(context, path, `an input cannot read the pipeline's output "${part.name}"`, [])
  }
}

function followOutput(
  context: PlanContext,
  scope: Scope,
  { job, name }: { job: string; name: string },
  producer: { job: string; output: string },
): BoundValue {
  const node = own(scope.jobs, job)
  const type = node && outputType(context, node, name)
  return { source: { from: 'output', ...producer }, ...(type && { type }) }
}

/**
 * The type of a step's output: its component's port says it, unless the step's own entry does. `uri_folder` may be
 * what stands there when nothing is said, and a bound output sends no type in Azure either.
 */
export function outputType(
  context: PlanContext,
  node: PipelineNode,
  name: string,
): PathType | undefined {
  const value = own(node.outputs, name)
  const given = typeof value === 'object' ? value.type : undefined
  const port = own<Port>(componentOf(context, node)?.outputs, name)
  const type = port?.type as PathType | undefined
  const isSaid =
    given !== undefined && given !== 'uri_folder' && boundOutput(value ?? {}) === undefined
  return isSaid ? given : (type ?? given)
}

function defaultOf(context: PlanContext, node: PipelineNode | undefined, name: string) {
  return node && own<Port>(componentOf(context, node)?.inputs, name)?.default
}

function outputNames(context: PlanContext, scope: Scope, job: string): string[] {
  const node = own(scope.jobs, job)
  const ports = node && componentOf(context, node)?.outputs
  return [...new Set([...Object.keys(ports ?? {}), ...Object.keys(node?.outputs ?? {})])]
}

function missing(context: PlanContext, path: string, message: string, known: string[]): undefined {
  const hint = known.length === 0 ? undefined : `there are: ${known.join(', ')}`
  const source = { file: '', line: 0, column: 0, path }
  context.diagnostics.push({ code: 'BindingNotFound', message, source, hint })
  return undefined
}
