import type { Diagnostic } from '../errors.ts'
import { didYouMean } from '../suggest.ts'

/** One option of the generic update: `--set a.b=c`, `--add list x`, `--remove list 0`. */
export interface UpdateStep {
  readonly op: 'set' | 'add' | 'remove'
  readonly values: readonly string[]
}

type Mapping = Record<string, unknown>
type Step =
  | { readonly key: string }
  | { readonly index: number }
  /** `[name=x]`: the single item of a list whose field has this value. */
  | { readonly field: string; readonly value: string }

/**
 * Carries out the options of an update on a copy of an object, in the order typed. Values are JSON, else
 * Python literals, else text; with `forceString` always text. One missing level is made, no more.
 */
export function applyUpdate(
  object: Readonly<Mapping>,
  steps: readonly UpdateStep[],
  { forceString = false }: { readonly forceString?: boolean } = {},
): { readonly value: Mapping; readonly diagnostics: readonly Diagnostic[] } {
  const value = structuredClone(object) as Mapping
  const diagnostics: Diagnostic[] = []
  const read = forceString ? (text: string): unknown => text : readUpdateValue
  for (const step of steps) {
    const problem = carryOut(value, step, read)
    if (problem !== undefined) diagnostics.push({ code: 'UsageError', ...problem })
  }
  return { value, diagnostics }
}

interface Problem {
  readonly message: string
  readonly hint?: string | undefined
}

function carryOut(
  root: Mapping,
  { op, values }: UpdateStep,
  read: (text: string) => unknown,
): Problem | undefined {
  if (op === 'set') {
    for (const pair of values) {
      const problem = set(root, pair, read)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  const [path = '', ...rest] = values
  return op === 'add' ? add(root, path, { values: rest, read }) : remove(root, path, rest)
}

function set(root: Mapping, pair: string, read: (text: string) => unknown): Problem | undefined {
  const stop = equalsOutsideBrackets(pair)
  if (stop < 0 || pair.slice(0, stop).trim() === '')
    return { message: `"${pair}" sets nothing`, hint: 'write --set path=value' }
  const steps = readSteps(pair.slice(0, stop))
  const last = steps.at(-1)
  const parent = find(root, steps.slice(0, -1), { make: true })
  if ('message' in parent) return parent
  if (last === undefined) return { message: `"${pair}" names nothing` }
  return put(parent.found, last, read(pair.slice(stop + 1)))
}

function equalsOutsideBrackets(text: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '[') depth += 1
    else if (text[at] === ']') depth -= 1
    else if (text[at] === '=' && depth <= 0) return at
  }
  return -1
}

/** As in Python, a negative index counts from the end. */
const INDEX = /^-?\d+$/

function readSteps(path: string): readonly Step[] {
  const steps: Step[] = []
  for (const part of path.matchAll(/\[([^\]]*)\]|((?:\\.|[^.[\]\\])+)/g)) {
    const [, inner, key] = part
    if (key !== undefined) steps.push({ key: key.replaceAll(/\\(.)/g, '$1') })
    else if (inner !== undefined && INDEX.test(inner)) steps.push({ index: Number(inner) })
    else if (inner?.includes('='))
      steps.push({
        field: inner.slice(0, inner.indexOf('=')),
        value: inner.slice(inner.indexOf('=') + 1),
      })
    else steps.push({ key: inner ?? '' })
  }
  return steps
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface Found {
  readonly found: unknown
}

/** Follows a path; with `make` the last level is made when it is missing. */
function find(
  root: unknown,
  steps: readonly Step[],
  { make }: { readonly make: boolean },
): Found | Problem {
  let here = root
  for (const [at, step] of steps.entries()) {
    const next = child(here, step)
    if ('message' in next) return next
    if (next.found === undefined || next.found === null) {
      const isLast = at === steps.length - 1
      if (!make || !isLast || !('key' in step) || !isMapping(here)) return notFound(here, step)
      here[step.key] = {}
      here = here[step.key]
    } else here = next.found
  }
  return { found: here }
}

function child(here: unknown, step: Step): Found | Problem {
  if ('key' in step) {
    if (!isMapping(here)) return notFound(here, step)
    return { found: Object.hasOwn(here, step.key) ? here[step.key] : undefined }
  }
  if (!Array.isArray(here)) return { message: `"${show(step)}" needs a list` }
  if ('index' in step) {
    const at = place(here, step)
    if (at in here) return { found: here[at] }
    return { message: `there is no item ${step.index}: the list has ${here.length}` }
  }
  const matches = here.filter((item) => isMapping(item) && hasField(item, step))
  if (matches.length === 1) return { found: matches[0] }
  return {
    message: `${matches.length} items have ${step.field} "${step.value}", and one is needed`,
  }
}

/** Where in a list a step leads, which may be outside. */
function place(list: readonly unknown[], step: Step): number {
  if ('index' in step) return step.index < 0 ? list.length + step.index : step.index
  return list.findIndex((item) => isMapping(item) && 'field' in step && hasField(item, step))
}

function hasField(item: Mapping, { field, value }: Extract<Step, { field: string }>): boolean {
  return Object.hasOwn(item, field) && String(item[field]) === value
}

function show(step: Step): string {
  if ('key' in step) return step.key
  return 'index' in step ? `[${step.index}]` : `[${step.field}=${step.value}]`
}

function notFound(here: unknown, step: Step): Problem {
  const names = isMapping(here) ? Object.keys(here) : []
  const message = `there is no "${show(step)}" to change`
  return {
    message,
    hint:
      didYouMean(show(step), names) ??
      (names.length === 0 ? undefined : `there are ${names.join(', ')}`),
  }
}

function put(parent: unknown, step: Step, value: unknown): Problem | undefined {
  if ('key' in step && isMapping(parent)) {
    parent[step.key] = value
    return undefined
  }
  const old = child(parent, step)
  if ('message' in old) return old
  if (!Array.isArray(parent)) return notFound(parent, step)
  parent[place(parent, step)] = value
  return undefined
}

function add(
  root: Mapping,
  path: string,
  {
    values,
    read,
  }: { readonly values: readonly string[]; readonly read: (text: string) => unknown },
): Problem | undefined {
  const steps = readSteps(path)
  const last = steps.at(-1)
  if (last === undefined || values.length === 0)
    return { message: '--add needs a list and a value', hint: 'write --add path value' }
  const parent = find(root, steps.slice(0, -1), { make: false })
  if ('message' in parent) return parent
  const target = child(parent.found, last)
  if ('message' in target) return target
  const items = itemsOf(values, read)
  if (Array.isArray(target.found)) target.found.push(...items)
  else if (target.found === undefined || target.found === null)
    return put(parent.found, last, items)
  else return { message: `"${path}" is no list` }
  return undefined
}

/** Pairs that follow one another are one mapping; what has no `=` is an item by itself. */
function itemsOf(values: readonly string[], read: (text: string) => unknown): unknown[] {
  const items: unknown[] = []
  let pairs: [string, string][] = []
  const flush = () => {
    if (pairs.length > 0) items.push(Object.fromEntries(pairs))
    pairs = []
  }
  for (const value of values) {
    const isJson = /^\s*[[{]/.test(value)
    if (value.includes('=') && !isJson) pairs.push(pairOf(value))
    else {
      flush()
      items.push(read(value))
    }
  }
  flush()
  return items
}

function pairOf(text: string): [string, string] {
  const stop = text.indexOf('=')
  return [text.slice(0, stop), text.slice(stop + 1)]
}

function remove(root: Mapping, path: string, values: readonly string[]): Problem | undefined {
  const [index] = values
  const steps = [...readSteps(path), ...(index === undefined ? [] : [stepOf(index)])]
  const last = steps.at(-1)
  const parent = find(root, steps.slice(0, -1), { make: false })
  if ('message' in parent) return parent
  if (last === undefined) return { message: '--remove needs a path', hint: 'write --remove tags.a' }
  const target = child(parent.found, last)
  if ('message' in target) return target
  if (target.found === undefined) return notFound(parent.found, last)
  if ('key' in last && isMapping(parent.found)) delete parent.found[last.key]
  else if (Array.isArray(parent.found)) parent.found.splice(place(parent.found, last), 1)
  return undefined
}

function stepOf(word: string): Step {
  return INDEX.test(word) ? { index: Number(word) } : { key: word }
}

/** A value as `update` reads it: JSON, else a Python literal, else text. */
export function readUpdateValue(text: string): unknown {
  const value = readLiteral(text)
  // A number beyond what JSON can carry would arrive as nothing.
  return typeof value === 'number' && !Number.isFinite(value) ? text : value
}

function readLiteral(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return readPython(text)
  }
}

const PYTHON_WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['True', true],
  ['False', false],
  ['None', null],
])

/** The Python literals that people type: numbers, quoted text, lists, tuples and dictionaries of them. */
function readPython(text: string): unknown {
  const word = PYTHON_WORDS.get(text)
  if (word !== undefined) return word
  if (/^[-+]?0[xX][0-9a-fA-F]+$|^[-+]?0[bB][01]+$|^[-+]?0[oO][0-7]+$/.test(text))
    return Number(text.replace(/^[-+]/, '')) * (text.startsWith('-') ? -1 : 1)
  const number = text.replaceAll(/(?<=\d)_(?=\d)/g, '')
  if (/^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(number) && !/^[-+]?0\d/.test(number))
    return Number(number)
  if (!/^[[({'"]/.test(text)) return text
  const json = toJson(text)
  try {
    return json === undefined ? text : JSON.parse(json)
  } catch {
    return text
  }
}

/** A Python collection rewritten as JSON, piece by piece; undefined when it holds anything else. */
function toJson(text: string): string | undefined {
  const pieces = text.match(
    /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|True|False|None|[-+]?[\d.]+(?:[eE][-+]?\d+)?|[[\]{}(),:]|\s+/g,
  )
  if (pieces === null || pieces.join('') !== text) return undefined
  return pieces
    .map((piece) => {
      if (piece.startsWith("'")) return JSON.stringify(piece.slice(1, -1).replaceAll("\\'", "'"))
      if (piece === 'True') return 'true'
      if (piece === 'False') return 'false'
      if (piece === 'None') return 'null'
      return piece.replace('(', '[').replace(')', ']')
    })
    .join('')
    .replaceAll(/,\s*([\]}])/g, '$1')
}
