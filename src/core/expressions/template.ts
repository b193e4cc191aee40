import type { Literal, PrimitiveType } from '../entity.ts'

/** What an expression reads. Anything else between `${{` and `}}` is `unknown`. */
export type Binding =
  | { readonly from: 'inputs' | 'outputs' | 'search_space'; readonly name: string }
  | { readonly from: 'parent.inputs' | 'parent.outputs'; readonly name: string }
  | {
      readonly from: 'parent.jobs'
      readonly job: string
      readonly port: 'inputs' | 'outputs'
      readonly name: string
    }
  | { readonly from: 'macro'; readonly name: 'name' | 'output_name' | 'default_datastore' }
  | { readonly from: 'unknown'; readonly name: string }

interface Place {
  /** Offsets into the text, behind `end` being the first character after the part. */
  readonly start: number
  readonly end: number
}

interface TextPart extends Place {
  readonly type: 'text'
  readonly text: string
}

export interface ExpressionPart extends Place {
  readonly type: 'expression'
  readonly binding: Binding
  /** What stands between the braces, without blanks around it. */
  readonly body: string
}

/** `$[[ … ]]`: left out as a whole when an optional input in it has no value. */
interface OptionalPart extends Place {
  readonly type: 'optional'
  readonly parts: readonly (TextPart | ExpressionPart)[]
}

export type TemplatePart = TextPart | ExpressionPart | OptionalPart

interface TemplateProblem {
  readonly message: string
  readonly offset: number
  readonly hint: string
}

export interface Template {
  readonly parts: readonly TemplatePart[]
  readonly problems: readonly TemplateProblem[]
}

const MACROS = new Set(['name', 'output_name', 'default_datastore'])

/**
 * Takes a text with `${{…}}` and `$[[…]]` apart. What is not closed stays text and is a problem.
 * Takes time linear in the text; never throws.
 */
export function parseTemplate(text: string): Template {
  const known = remembered.get(text)
  if (known !== undefined) return known
  const found = parseWhole(text)
  if (text.length > LONGEST_REMEMBERED) return found
  if (remembered.size >= MOST_REMEMBERED) remembered.clear()
  remembered.set(text, found)
  return found
}

/** Each text of a pipeline is looked at by several rules; it is taken apart once. */
const remembered = new Map<string, Template>()
const MOST_REMEMBERED = 4_000
const LONGEST_REMEMBERED = 2_000

function parseWhole(text: string): Template {
  if (!text.includes('$[[')) {
    const plain = parsePiece(text, 0, text.length)
    return { parts: plain.parts, problems: plain.problems }
  }
  const parts: TemplatePart[] = []
  const problems: TemplateProblem[] = []
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('$[[', at)
    const close = open < 0 ? -1 : text.indexOf(']]', open + 3)
    if (open >= 0 && close < 0)
      problems.push({ message: 'this "$[[" is never closed', offset: open, hint: 'add "]]"' })
    const stop = open < 0 || close < 0 ? text.length : open
    const before = parsePiece(text, at, stop)
    parts.push(...before.parts)
    problems.push(...before.problems)
    if (open < 0 || close < 0) break
    const inner = parsePiece(text, open + 3, close)
    problems.push(...inner.problems)
    parts.push({ type: 'optional', parts: inner.parts, start: open, end: close + 2 })
    at = close + 2
  }
  return { parts, problems }
}

interface Piece {
  readonly parts: readonly (TextPart | ExpressionPart)[]
  readonly problems: readonly TemplateProblem[]
}

function parsePiece(text: string, from: number, to: number): Piece {
  const parts: (TextPart | ExpressionPart)[] = []
  const problems: TemplateProblem[] = []
  let textFrom = from
  let close = -1
  let at = text.indexOf('${{', from)
  while (at >= 0 && at < to) {
    // Looked for once for all openings before it, or a text of nothing but openings would take forever.
    if (close < at + 3) close = text.indexOf('}}', at + 3)
    if (close < 0 || close + 2 > to) {
      problems.push(expressionProblem(undefined, at))
      break
    }
    const body = close - at > LONGEST_BODY ? '{' : text.slice(at + 3, close).trim()
    if (/[\s{}]/.test(body) || body === '') {
      problems.push(expressionProblem(body, at))
      at = text.indexOf('${{', at + 3)
      continue
    }
    if (at > textFrom) parts.push(textPart(text, textFrom, at))
    parts.push({ type: 'expression', body, binding: readBinding(body), start: at, end: close + 2 })
    textFrom = close + 2
    at = text.indexOf('${{', textFrom)
  }
  if (textFrom < to) parts.push(textPart(text, textFrom, to))
  return { parts, problems }
}

const LONGEST_BODY = 1_000

function textPart(text: string, start: number, end: number): TextPart {
  return { type: 'text', text: text.slice(start, end), start, end }
}

function expressionProblem(body: string | undefined, offset: number): TemplateProblem {
  const closes = { message: 'this "${{" is never closed', offset, hint: 'close it with "}}"' }
  if (body === undefined || /[{}]/.test(body)) return closes
  if (body === '')
    return { message: '"${{ }}" names nothing', offset, hint: 'write ${{inputs.<name>}}' }
  return {
    message: `"\${{${body}}}" has blanks inside, and an expression is one word`,
    offset,
    hint: 'write ${{inputs.<name>}}; only blanks next to the braces are allowed',
  }
}

/** What the body of an expression names. */
export function readBinding(body: string): Binding {
  if (MACROS.has(body)) return { from: 'macro', name: body as 'name' }
  const [first = '', second = '', ...rest] = body.split('.')
  if (isOwn(first) && second !== '') return { from: first, name: [second, ...rest].join('.') }
  if (first === 'parent' && (second === 'inputs' || second === 'outputs') && rest.length > 0)
    return { from: `parent.${second}`, name: rest.join('.') }
  const path =
    first === 'parent' && second === 'jobs' ? rest : first === 'jobs' ? [second, ...rest] : []
  const [job = '', port = '', ...name] = path
  if (job !== '' && (port === 'inputs' || port === 'outputs') && name.length > 0)
    return { from: 'parent.jobs', job, port, name: name.join('.') }
  return { from: 'unknown', name: body }
}

function isOwn(word: string): word is 'inputs' | 'outputs' | 'search_space' {
  return word === 'inputs' || word === 'outputs' || word === 'search_space'
}

/** All expressions of a text, those inside `$[[…]]` too. */
export function expressionsOf(template: Template): readonly ExpressionPart[] {
  return template.parts.flatMap((part) => {
    if (part.type === 'optional') return part.parts.filter((inner) => inner.type === 'expression')
    return part.type === 'expression' ? [part] : []
  })
}

/** What a text binds to, in order; empty for a text without expressions. */
export function bindingsOf(text: string): readonly Binding[] {
  if (!text.includes('${{')) return []
  return expressionsOf(parseTemplate(text)).map((part) => part.binding)
}

/** The binding when the whole text is one expression. */
export function soleBinding(text: string): Binding | undefined {
  if (!text.startsWith('${{')) return undefined
  const { parts } = parseTemplate(text)
  const [only] = parts
  return parts.length === 1 && only?.type === 'expression' ? only.binding : undefined
}

type Values = Readonly<Record<string, string | undefined>>

/**
 * A command with its expressions filled in. A `$[[…]]` block is dropped when something in it has no
 * value; outside of blocks an expression without value stays as it is written.
 */
export function evaluateCommand(
  text: string,
  values: {
    readonly inputs?: Values
    readonly outputs?: Values
    readonly searchSpace?: Values
    readonly macros?: Values
  },
): string {
  const look = (binding: Binding): string | undefined => {
    if (binding.from === 'inputs') return own(values.inputs, binding.name)
    if (binding.from === 'outputs') return own(values.outputs, binding.name)
    if (binding.from === 'search_space') return own(values.searchSpace, binding.name)
    return binding.from === 'macro' ? own(values.macros, binding.name) : undefined
  }
  const fill = (part: TextPart | ExpressionPart): string =>
    part.type === 'text' ? part.text : (look(part.binding) ?? text.slice(part.start, part.end))
  return parseTemplate(text)
    .parts.map((part) => {
      if (part.type !== 'optional') return fill(part)
      const missing = part.parts.some(
        (inner) => inner.type === 'expression' && look(inner.binding) === undefined,
      )
      return missing ? '' : part.parts.map(fill).join('')
    })
    .join('')
}

/** The inputs whose expression a command writes by itself, as in `cp -r ${{inputs.x}} .`, not only with `/` behind it. */
export function inputsNamedWhole(command: string): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { binding, end } of expressionsOf(parseTemplate(command)))
    if (binding.from === 'inputs' && command[end] !== '/') names.add(binding.name)
  return names
}

function own(values: Values | undefined, name: string): string | undefined {
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined
}

/**
 * The text that a literal travels as: Python's `str()`. `true` is `True`, 0.00001 is `1e-05`. A whole
 * number stands for a float only where the port says `number`: there 1 is `1.0`.
 */
export function renderLiteral(value: Literal, type?: PrimitiveType): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return value
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Number.isInteger(value) && type !== 'number') return BigInt(value).toString()
  return pythonFloat(value)
}

/** Python's `repr` of a float: an exponent below 1e-4 and from 1e16 on, and always a point or an exponent. */
export function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) return renderLiteral(value)
  const [mantissa = '0', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    const sign = exponent < 0 ? '-' : '+'
    return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  const fixed =
    exponent < 0 ? value.toFixed(Math.min(100, decimals(mantissa) - exponent)) : String(value)
  return fixed.includes('.') ? fixed : `${Object.is(value, -0) ? '-0' : fixed}.0`
}

function decimals(mantissa: string): number {
  return mantissa.split('.')[1]?.length ?? 0
}

/** Whether a text holds an expression at all. */
export function hasExpression(text: string): boolean {
  return text.includes('${{') && expressionsOf(parseTemplate(text)).length > 0
}
