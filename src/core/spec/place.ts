import type { Diagnostic, ErrorCode, SourceRef } from '../errors.ts'
import type { MapEntry, YamlNode } from '../yaml/node.ts'
import { joinPath } from './paths.ts'

/** What the core may ask of the disk; the edge answers. */
export interface SpecFiles {
  /** Bytes or text of a file; undefined when it cannot be read. */
  read(path: string): string | Uint8Array | undefined
  kind(path: string): 'file' | 'folder' | undefined
  /** Names in a folder. Without it, what only a listing could tell is left to whoever reads the bytes. */
  list?(path: string): readonly string[]
}

/** What all places of one load share. */
export interface Load {
  readonly files: SpecFiles
  readonly isOffline: boolean
  readonly diagnostics: Diagnostic[]
  /** Every file that was read. */
  readonly read: Set<string>
  /** Roots of files that stand inline in the entity, by the node that names them. */
  readonly links: Map<YamlNode, YamlNode>
  /** Remembers what is read more than once: component files, folders that exist. */
  readonly memory: Map<string, unknown>
  /** Files that are being read just now, to notice one that holds itself. */
  readonly open: string[]
}

/** What is checked just now: a value, where it stands, and what relative paths in it begin at. */
export interface Place {
  readonly load: Load
  readonly node: YamlNode
  /** The key that the value stands under; undefined for the root and for items of lists. */
  readonly entry: MapEntry | undefined
  /** Dotted path of the value in the entity. */
  readonly path: string
  readonly baseDir: string
  /** Set in a step, where an expression may stand for any word or number. */
  readonly isBindable?: boolean
}

export interface Report {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string | undefined
  readonly severity?: 'warning'
  /** Points at the key instead of the value. */
  readonly atKey?: boolean
  /** Points at this offset of the value's text. */
  readonly offset?: number
}

export function below(place: Place, entry: MapEntry): Place {
  const path = place.path === '' ? entry.name : `${place.path}.${entry.name}`
  const { load, baseDir, isBindable = false } = place
  return { load, node: entry.value, entry, path, baseDir, isBindable }
}

export function item(place: Place, node: YamlNode, index: number): Place {
  const path = `${place.path}[${index}]`
  const { load, baseDir, isBindable = false } = place
  return { load, node, entry: undefined, path, baseDir, isBindable }
}

/** Nobody reads more, and a file of megabytes can hold a problem in each line. */
const MOST_DIAGNOSTICS = 1_000

/** True when so much has been told that nothing more is; what only makes messages can then be left out. */
export function isFull({ diagnostics }: Load): boolean {
  return diagnostics.length >= MOST_DIAGNOSTICS
}

const LONGEST_MESSAGE = 1_000

/** Values stand in messages, and a value can be megabytes. */
function bounded(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE)}…`
}

/** Adds a diagnostic about a place. */
export function report(place: Place, found: Report): void {
  const { diagnostics } = place.load
  if (isFull(place.load)) return
  const source = sourceOf(place, found)
  diagnostics.push({
    code: found.code,
    message: bounded(found.message),
    severity: found.severity,
    source,
    hint: found.hint,
  })
}

function sourceOf(place: Place, found: Report): SourceRef {
  const key = place.entry?.key
  const isEmpty = place.node.kind === 'scalar' && place.node.type === 'null'
  const onKey = key !== undefined && (found.atKey === true || isEmpty)
  const node = onKey ? key : place.node
  return node.source.at(node.start + inner(node, onKey ? undefined : found.offset), place.path)
}

/** Where a character of a scalar's value stands in the file, counted from the scalar's start. */
function inner(node: YamlNode, offset: number | undefined): number {
  if (offset === undefined || node.kind !== 'scalar') return 0
  const raw = node.source.text.slice(node.start, node.end)
  if (raw.startsWith(node.text)) return offset
  return locate(raw, node.text, offset)
}

/** Quotes, escapes and folding shift a text: the word at `offset` is looked up in the raw text. */
function locate(raw: string, value: string, offset: number): number {
  const word = /^[^\s\\'"]{1,80}/u.exec(value.slice(offset))?.[0]
  if (word === undefined) return 0
  let nth = 0
  for (let at = value.indexOf(word); at >= 0 && at < offset; at = value.indexOf(word, at + 1))
    nth += 1
  let found = raw.indexOf(word)
  for (; nth > 0 && found >= 0; nth -= 1) found = raw.indexOf(word, found + 1)
  return Math.max(found, 0)
}

/** The absolute path that a path in this file means. */
export function absolute(place: Place, path: string): string {
  return joinPath(place.baseDir, path)
}

/** Where a path begins: the file's folder, or that of the command for what was typed. */
export function pathHint({ node }: Place): string {
  const text = node.kind === 'scalar' ? node.text : ''
  const single = /^\$\{((?:parent|inputs|outputs|jobs|search_space)\.[^{}]*)\}$/.exec(text)?.[1]
  if (single !== undefined) return `write "\${{${single}}}", with two braces`
  if (text.includes('\\')) return 'write "/" between folders, not "\\"'
  return node.source.file.startsWith('--')
    ? 'paths of options are taken from the current folder'
    : 'paths are taken from the folder of the file they stand in'
}
