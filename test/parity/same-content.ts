import path from 'node:path'

/*
 * Whether an entity says what the recorded one says. Absent, null, empty text, {} and [] are alike; 1, 1.0 and
 * "1" are; the recording's tokens (<NAME>, <HASH>…) match anything; relative paths begin at the file's folder.
 */

const DROPPED = new Set(['$schema', 'id', 'creation_context', 'source_path', '_source'])
const OF_INLINE = new Set(['name', 'version', 'is_deterministic'])
const INLINE_KEYS = new Set(['component', 'trial', 'environment'])
const WORDS = new Set([
  'type',
  'mode',
  'goal',
  'frequency',
  'auth_mode',
  'tier',
  'action',
  'sampling_algorithm',
  'week_days',
  'output_action',
  'logging_level',
  'os_type',
])

export interface Place {
  readonly folder: string
  readonly root: string
}

/** What differs, one line each: path, ours, theirs. */
export function differences(ours: unknown, golden: unknown, place: Place): readonly string[] {
  const found: string[] = []
  compare(normal(ours, '', place), normal(golden, '', place), { path: '', place, found })
  return found
}

type Value = string | readonly Value[] | { readonly [key: string]: Value } | undefined

function normal(value: unknown, key: string, place: Place, isInline = false): Value {
  if (value === null || value === undefined || value === '') return undefined
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return normalText(value, key, place)
  if (Array.isArray(value)) {
    const items = value.map((item) => normal(item, key, place))
    return items.length === 0 ? undefined : items
  }
  return normalMapping(value, place, isInline)
}

function normalMapping(value: object, place: Place, isInline: boolean): Value {
  const kept: Record<string, Value> = {}
  for (const [name, inner] of Object.entries(value)) {
    if (DROPPED.has(name) || (isInline && OF_INLINE.has(name))) continue
    const found = normal(inner, name, place, INLINE_KEYS.has(name))
    if (found !== undefined) kept[name] = found
  }
  const names = Object.keys(kept)
  const only = names.length === 1 ? kept[names[0] as string] : undefined
  if (names[0] === 'value' && only !== undefined) return only
  if (names[0] === 'path' && typeof only === 'string' && only.startsWith('${{')) return only
  return names.length === 0 ? undefined : kept
}

function normalText(value: string, key: string, { root }: Place): string {
  if (/^<[A-Z_]+>$/.test(value)) return '*'
  const text = value.replaceAll('<ROOT>', root).replace(/^azureml:(?!\/\/)/, '')
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true' ? '1' : '0'
  if (/^[-+]?(\d+(\.\d*)?|\.\d+)$/.test(text)) return String(Number(text))
  return WORDS.has(key) ? text.toLowerCase().replaceAll(/[_-]/g, '') : text
}

interface Comparison {
  readonly path: string
  readonly place: Place
  readonly found: string[]
}

function compare(ours: Value, golden: Value, at: Comparison): void {
  if (ours === golden || golden === '*' || ours === '*') return
  if (isCollection(ours) && isCollection(golden) && Array.isArray(ours) === Array.isArray(golden)) {
    const names = new Set([...Object.keys(ours), ...Object.keys(golden)])
    for (const name of names)
      compare(child(ours, name), child(golden, name), { ...at, path: `${at.path}.${name}` })
  } else if (!sameText(ours, golden, at.place))
    at.found.push(`${at.path}: ${show(ours)}, recorded ${show(golden)}`)
}

function isCollection(value: Value): value is Exclude<Value, string | undefined> {
  return typeof value === 'object'
}

function child(value: Exclude<Value, string | undefined>, name: string): Value {
  return (value as Readonly<Record<string, Value>>)[name]
}

function sameText(ours: Value, golden: Value, { folder }: Place): boolean {
  if (typeof ours !== 'string' || typeof golden !== 'string') return false
  if (path.resolve(folder, ours) === path.resolve(folder, golden)) return true
  if (!/<[A-Z_]+>/.test(golden)) return false
  const pattern = golden.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/<[A-Z_]+>/g, '.*')
  return new RegExp(`^${pattern}$`).test(ours)
}

function show(value: Value): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100)
}
