import type { PipelineNode } from '../entity.ts'
import { expressionsOf, parseTemplate, type TemplatePart } from '../expressions/template.ts'
import { bindValue, type PlanContext, report, type Scope } from './scope.ts'

/** Fields whose expressions are bound as inputs and outputs, or filled in when a process starts. */
const BOUND_ELSEWHERE = new Set(['type', 'component', 'trial', 'inputs', 'outputs', 'task'])
/** Fields that are text, however much their value looks like a number. */
const TEXT_FIELDS = new Set([
  'compute',
  'display_name',
  'description',
  'environment_variables',
  'instance_type',
  'mini_batch_size',
  'properties',
  'shm_size',
  'tags',
])

/**
 * The settings of a step (compute, resources, limits, variables…) with every `${{parent.inputs.x}}` in them
 * replaced by the literal that it stands for, as Azure does when it builds the graph. Reports a binding to
 * nothing, and one to data.
 */
export function bindSettings<Node extends PipelineNode>(
  context: PlanContext,
  scope: Scope,
  { node, field }: { readonly node: Node; readonly field: string },
): Node {
  const bound = Object.entries(node).map(([name, value]) => {
    if (BOUND_ELSEWHERE.has(name)) return [name, value]
    const path = `${field}.${name}`
    return [name, bindDeep(context, scope, { value, path, isText: TEXT_FIELDS.has(name) })]
  })
  return Object.fromEntries(bound)
}

interface Setting {
  readonly value: unknown
  readonly path: string
  readonly isText: boolean
}

function bindDeep(context: PlanContext, scope: Scope, given: Setting): unknown {
  const { value, path, isText } = given
  if (typeof value === 'string') return bindText(context, scope, { ...given, value })
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value))
    return value.map((item, index) =>
      bindDeep(context, scope, { value: item, path: `${path}[${index}]`, isText }),
    )
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      bindDeep(context, scope, {
        value: inner,
        path: `${path}.${key}`,
        isText: isText || TEXT_FIELDS.has(key),
      }),
    ]),
  )
}

function bindText(
  context: PlanContext,
  scope: Scope,
  { value, path, isText }: Setting & { readonly value: string },
): unknown {
  if (!value.includes('${{parent.') && !/\$\{\{\s+parent\./.test(value)) return value
  const template = parseTemplate(value)
  if (!expressionsOf(template).some(({ body }) => body.startsWith('parent.'))) return value
  const texts = template.parts.map((part) => textOf(context, scope, { part, value, path }))
  const text = texts.join('')
  return isText || texts.length > 1 ? text : typed(text)
}

function textOf(
  context: PlanContext,
  scope: Scope,
  { part, value, path }: { part: TemplatePart; value: string; path: string },
): string {
  const written = value.slice(part.start, part.end)
  if (part.type !== 'expression' || !part.body.startsWith('parent.')) return written
  const bound = bindValue(context, scope, { value: written, path })
  if (bound === undefined) return written
  if (bound.source.from === 'literal') return bound.source.text
  if (bound.source.from !== 'nothing')
    report(context, 'InvalidValue', path, `"${written}" is data, and a literal is expected here`)
  return ''
}

/** A number or a truth value again, which a literal was before it travelled as text. */
function typed(text: string): string | number | boolean {
  if (/^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text)
  if (/^true$/i.test(text)) return true
  return /^false$/i.test(text) ? false : text
}
