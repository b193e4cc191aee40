import { type Binding as Expression, parseTemplate } from '../expressions/template.ts'

/** What a `${{…}}` in a step's input or output names, whichever way it is spelt. */
export type Binding =
  | { readonly of: 'input'; readonly name: string }
  | { readonly of: 'output'; readonly name: string }
  | { readonly of: 'jobOutput'; readonly job: string; readonly name: string }
  | { readonly of: 'jobInput'; readonly job: string; readonly name: string }

/** A text cut at its bindings, in order. */
export type BoundPart = string | Binding

/** Undefined when `text` holds no binding that a pipeline fills in; `${{name}}` and its like are not. */
export function parseBound(text: string): readonly BoundPart[] | undefined {
  if (!text.includes('${{')) return undefined
  const parts = parseTemplate(text).parts.map((part): BoundPart => {
    const binding = part.type === 'expression' ? toBinding(part.binding) : undefined
    return binding ?? text.slice(part.start, part.end)
  })
  return parts.some((part) => typeof part === 'object') ? parts : undefined
}

/** The binding when it is all that `text` holds. */
export function parseWholeBinding(text: string): Binding | undefined {
  const parts = parseBound(text.trim())
  const [only] = parts ?? []
  return parts?.length === 1 && typeof only === 'object' ? only : undefined
}

/** `parent.` may be left out: the legacy spelling that Azure still takes. */
function toBinding(expression: Expression): Binding | undefined {
  const { from, name } = expression
  if (from === 'inputs' || from === 'parent.inputs') return { of: 'input', name }
  if (from === 'outputs' || from === 'parent.outputs') return { of: 'output', name }
  if (from !== 'parent.jobs') return undefined
  const { job, port } = expression
  return { of: port === 'outputs' ? 'jobOutput' : 'jobInput', job, name }
}
