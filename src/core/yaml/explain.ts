import type { ScalarNode } from './node.ts'
import type { SoftProblem } from './parse.ts'
import { YamlProblem } from './token.ts'

/*
 * A reader of YAML notices a slip where it can go on no longer, often lines below. These look for the slip itself.
 */

/** The problem as a person would put it who sees the whole text. */
export function explain(text: string, problem: YamlProblem): YamlProblem {
  return (
    strangeBlank(text, problem) ?? openBracket(text, problem) ?? oddIndent(text, problem) ?? problem
  )
}

const STRANGE_BLANK = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/u

function strangeBlank(text: string, { offset }: YamlProblem): YamlProblem | undefined {
  const start = lineStart(text, offset)
  const found = STRANGE_BLANK.exec(lineAt(text, start))
  if (found === null) return undefined
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return new YamlProblem(
    `the blank here is no ordinary space (U+${code})`,
    start + found.index,
    'put a space in its place',
  )
}

/** A key at the level of a line whose bracket is still open: that line was to end there. */
function openBracket(text: string, { offset, openAt }: YamlProblem): YamlProblem | undefined {
  if (openAt === undefined) return undefined
  const opened = lineStart(text, openAt)
  const indent = indentAt(text, opened)
  for (let at = nextLine(text, opened); at !== undefined && at <= offset; at = nextLine(text, at))
    if (/^ *[\w$.-]+:(?:\s|$)/.test(lineAt(text, at)) && indentAt(text, at) <= indent)
      return new YamlProblem(
        `this "${text[openAt]}" is still open where the next key begins, in line ${lineNumber(text, at)}`,
        openAt,
        'close it',
      )
  return undefined
}

function nextLine(text: string, start: number): number | undefined {
  const end = text.indexOf('\n', start)
  return end < 0 ? undefined : end + 1
}

/** How far above a problem its cause is looked for. */
const LINES_ABOVE = 3

/** The line at or above the problem that is indented like none of the lines it could belong to. */
function oddIndent(text: string, { offset }: YamlProblem): YamlProblem | undefined {
  const lines = text
    .slice(0, lineStart(text, offset) + lineAt(text, lineStart(text, offset)).length)
    .split('\n')
  const open: number[] = [0]
  let textBelow: number | undefined
  let start = 0
  for (const [index, line] of lines.entries()) {
    const indent = line.search(/[^ ]/)
    const isText = textBelow !== undefined && (indent < 0 || indent > textBelow)
    if (!isText && indent >= 0 && line[indent] !== '#') {
      const closed = closeDown(open, indent)
      if (closed !== undefined && index >= lines.length - LINES_ABOVE)
        return oddProblem(start + indent, indent, [open.at(-1) ?? 0, closed])
      textBelow = /(?:^|\s)[|>][-+\d]*\s*(?:#.*)?$/.test(line) ? indent : undefined
      open.push(...levelsOf(line, indent).filter((level) => level > (open.at(-1) ?? 0)))
    }
    start += line.length + 1
  }
  return undefined
}

/** Leaves the levels that a line keeps open; gives the last one closed when the line is on none of those left. */
function closeDown(open: number[], indent: number): number | undefined {
  let closed: number | undefined
  while (open.length > 1 && (open.at(-1) ?? 0) > indent) closed = open.pop()
  return (open.at(-1) ?? 0) === indent ? undefined : closed
}

/** The columns at which something can go on below a line: its own, and that behind each "- ". */
function levelsOf(line: string, indent: number): readonly number[] {
  const dashes = /^(?:- +)*/.exec(line.slice(indent))?.[0] ?? ''
  const behind = [...dashes.matchAll(/- +/g)].map((dash) => indent + dash.index + dash[0].length)
  return [indent, ...behind]
}

function oddProblem(offset: number, indent: number, [below, above]: readonly [number, number]) {
  const spaces = `${indent} ${indent === 1 ? 'space' : 'spaces'}`
  return new YamlProblem(
    `this line is indented by ${spaces}, and those that it could belong to by ${below} or ${above}`,
    offset,
    'line it up with one of them',
  )
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

function lineAt(text: string, start: number): string {
  const end = text.indexOf('\n', start)
  return text.slice(start, end < 0 ? text.length : end)
}

function indentAt(text: string, start: number): number {
  return Math.max(0, lineAt(text, start).search(/[^ ]/))
}

function lineNumber(text: string, start: number): number {
  return text.slice(0, start).split('\n').length
}

/** Keys that stand twice in one mapping. Several are the keys of something whose own line is missing. */
export function twiceProblem([first, ...more]: readonly ScalarNode[]): SoftProblem | undefined {
  if (first === undefined) return undefined
  const message = `the key "${first.text}" stands twice in this mapping`
  const offset = first.start
  if (more.length === 0)
    return { message, offset, hint: 'keep one of the two; YAML would silently drop the first' }
  return {
    message: `${message}, and ${more.length} more from here on`,
    offset,
    hint: 'is a line missing above this one, such as the name of a step?',
  }
}
