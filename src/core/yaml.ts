import type { Diagnostic } from './errors.ts'
import { explain } from './yaml/explain.ts'
import type { YamlNode } from './yaml/node.ts'
import { Parser } from './yaml/parse.ts'
import { scanTokens } from './yaml/scan.ts'
import { Source } from './yaml/source.ts'
import { YamlProblem } from './yaml/token.ts'

/** A file read: its tree, or why there is none. Warnings may stand beside a tree. */
export interface ParsedYaml {
  readonly source: Source
  /** Undefined when the text is no YAML, or empty. */
  readonly root: YamlNode | undefined
  readonly diagnostics: readonly Diagnostic[]
}

/** Larger files are refused: no job file comes near, and every copy of one costs memory. */
const LARGEST_TEXT = 8 * 1024 * 1024

const UNPRINTABLE = /[^\t\n\r\x20-\x7e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

/**
 * Reads one YAML document in the dialect of PyYAML's safe loader (YAML 1.1), keeping where every value
 * stands. Aliases are bounded; equal keys in one mapping are an error. Never throws on any text.
 */
export function parseYaml(text: string, file: string): ParsedYaml {
  const bare = text.startsWith('\ufeff') ? text.slice(1) : text
  const source = new Source(file, bare)
  const failed = (offset: number, message: string, hint?: string): ParsedYaml => ({
    source,
    root: undefined,
    diagnostics: [{ code: 'YamlSyntax', message, source: source.at(offset, ''), hint }],
  })
  if (bare.length > LARGEST_TEXT)
    return failed(
      0,
      `the file has ${bare.length} characters, more than the ${LARGEST_TEXT} allowed`,
    )
  const stray = UNPRINTABLE.exec(bare)
  if (stray !== null) return failed(stray.index, unprintable(stray[0]), 'delete it')
  try {
    const parser = new Parser(source, scanTokens(bare))
    const root = parser.document()
    const diagnostics = parser.problems.map(
      ({ message, offset, hint }): Diagnostic => ({
        code: 'YamlSyntax',
        message,
        source: source.at(offset, ''),
        hint,
      }),
    )
    return { source, root, diagnostics }
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error
    const { offset, message, hint } = explain(bare, error)
    return failed(offset, message, hint)
  }
}

function unprintable(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return `the character U+${code.toString(16).toUpperCase().padStart(4, '0')} cannot stand in YAML`
}

/**
 * The text of a file's bytes. A UTF-8 byte order mark is taken off; bytes that are no UTF-8 are a
 * diagnostic with the line and column of the first of them.
 */
export function decodeYaml(bytes: Uint8Array, file: string): string | Diagnostic {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return notUtf8(bytes, file)
  }
}

function notUtf8(bytes: Uint8Array, file: string): Diagnostic {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const valid = longestValid(bytes)
  const before = new TextDecoder('utf-8').decode(bytes.subarray(0, valid))
  const byte = (bytes[valid] ?? 0).toString(16).padStart(2, '0')
  return {
    code: 'YamlSyntax',
    message: utf16 ? 'the file is UTF-16, not UTF-8' : `the byte 0x${byte} is not UTF-8`,
    source: new Source(file, `${before}\ufffd`).at(before.length, ''),
    hint: 'save the file as UTF-8',
  }
}

/** How many bytes from the start are whole UTF-8 characters. */
function longestValid(bytes: Uint8Array): number {
  let low = 0
  let high = bytes.length
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (isUtf8Start(bytes.subarray(0, middle))) low = middle
    else high = middle - 1
  }
  while (low > 0 && !isWholeUtf8(bytes.subarray(0, low))) low -= 1
  return low
}

function isUtf8Start(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

function isWholeUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}
