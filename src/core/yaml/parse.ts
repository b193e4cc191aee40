import { twiceProblem } from './explain.ts'
import type { MapEntry, MapNode, ScalarNode, YamlNode } from './node.ts'
import { mapNode } from './node.ts'
import { resolvePlain, resolveTagged } from './scalar.ts'
import type { Source } from './source.ts'
import { type ScannedToken, Token, type TokenType, YamlProblem } from './token.ts'

/** How many values a file may stand for once its aliases are written out. */
const MOST_VALUES = 200_000

const MOST_PROBLEMS = 1_000

/** A problem that does not keep the rest of the file from being read. */
export interface SoftProblem {
  readonly message: string
  readonly offset: number
  readonly hint?: string
}

interface Marks {
  readonly anchor: string | undefined
  readonly tag: ScannedToken | undefined
  readonly start: number
}

/**
 * Tokens to nodes. Aliases share their node; merges (`<<`) are carried out; of equal keys the last
 * wins, as in PyYAML, and is reported.
 */
export class Parser {
  readonly problems: SoftProblem[] = []
  readonly #source: Source
  readonly #tokens: readonly ScannedToken[]
  readonly #anchors = new Map<string, YamlNode | undefined>()
  readonly #sizes = new Map<YamlNode, number>()
  readonly #hasAlias: boolean
  #merged = 0
  #at = 0

  constructor(source: Source, tokens: readonly ScannedToken[]) {
    this.#source = source
    this.#tokens = tokens
    this.#hasAlias = tokens.some((token) => token.type === Token.alias)
  }

  /** The only document of the stream; undefined when the stream is empty. */
  document(): YamlNode | undefined {
    if (this.#is(Token.documentEnd))
      throw new YamlProblem('"..." ends a document, and none has begun', this.#peek().start)
    const directives = this.#is(Token.directive)
    while (this.#is(Token.directive)) this.#take()
    if (directives && !this.#is(Token.documentStart))
      throw new YamlProblem('a directive must be followed by "---"', this.#peek().start)
    const explicit = this.#is(Token.documentStart)
    if (explicit) this.#take()
    if (this.#is(Token.streamEnd)) return undefined
    if (explicit && (this.#is(Token.documentStart) || this.#is(Token.documentEnd)))
      return this.#finish(this.#empty(this.#peek().start))
    return this.#finish(this.#node(true, false))
  }

  #finish(root: YamlNode): YamlNode {
    while (this.#is(Token.documentEnd)) this.#take()
    if (this.#is(Token.documentStart) || this.#is(Token.directive))
      throw new YamlProblem(
        'a second document begins here, and a file holds one',
        this.#peek().start,
        'put each document into a file of its own',
      )
    if (!this.#is(Token.streamEnd))
      throw new YamlProblem('this does not belong to the document above', this.#peek().start)
    return root
  }

  #peek(): ScannedToken {
    return this.#tokens[this.#at] as ScannedToken
  }

  #is(type: TokenType): boolean {
    return this.#peek().type === type
  }

  #take(): ScannedToken {
    const token = this.#peek()
    if (token.type !== Token.streamEnd) this.#at += 1
    return token
  }

  #empty(offset: number): ScalarNode {
    const base = { source: this.#source, start: offset, end: offset }
    return { kind: 'scalar', ...base, text: '', style: 'plain', type: 'null', value: null }
  }

  #node(inBlock: boolean, indentless: boolean): YamlNode {
    if (this.#is(Token.alias)) return this.#alias()
    const marks = this.#marks()
    if (marks.anchor !== undefined) this.#anchors.set(marks.anchor, undefined)
    const node = this.#content(marks, inBlock, indentless)
    if (marks.anchor !== undefined) this.#anchors.set(marks.anchor, node)
    return node
  }

  #marks(): Marks {
    const start = this.#peek().start
    let anchor: string | undefined
    let tag: ScannedToken | undefined
    for (let turn = 0; turn < 2; turn += 1) {
      if (anchor === undefined && this.#is(Token.anchor)) anchor = this.#take().text
      else if (tag === undefined && this.#is(Token.tag)) tag = this.#take()
    }
    return { anchor, tag, start }
  }

  #alias(): YamlNode {
    const token = this.#take()
    const node = this.#anchors.get(token.text)
    if (node !== undefined) return node
    const inside = this.#anchors.has(token.text)
    throw new YamlProblem(
      inside
        ? `the alias "*${token.text}" stands inside the value that it names`
        : `there is no anchor "&${token.text}" before this alias`,
      token.start,
      inside ? 'write the value out' : 'define the anchor above, or quote the text',
    )
  }

  #content(marks: Marks, inBlock: boolean, indentless: boolean): YamlNode {
    const { type } = this.#peek()
    if (indentless && type === Token.blockEntry) return this.#blockSeq(marks, true)
    if (type === Token.scalar) return this.#scalar(marks)
    if (type === Token.flowSeqStart) return this.#flowSeq(marks)
    if (type === Token.flowMapStart) return this.#flowMap(marks)
    if (inBlock && type === Token.blockSeqStart) return this.#blockSeq(marks, false)
    if (inBlock && type === Token.blockMapStart) return this.#blockMap(marks)
    if (marks.anchor !== undefined || marks.tag !== undefined)
      return this.#resolve(marks, '', 'plain', this.#peek().start)
    throw new YamlProblem('a value is missing here', this.#peek().start)
  }

  #scalar(marks: Marks): ScalarNode {
    const token = this.#take()
    return this.#resolve(marks, token.text, token.style, token.end, token.start)
  }

  #resolve(
    marks: Marks,
    text: string,
    style: ScalarNode['style'],
    end: number,
    start = marks.start,
  ): ScalarNode {
    const base = { kind: 'scalar', source: this.#source, start, end, text, style } as const
    if (marks.tag === undefined) {
      if (style !== 'plain') return { ...base, type: 'str', value: text }
      const meaning = resolvePlain(text)
      if (meaning.problem !== undefined) throw new YamlProblem(meaning.problem, start, QUOTE_IT)
      return { ...base, type: meaning.type, value: meaning.value }
    }
    const meaning = resolveTagged(tagName(marks.tag), text)
    if (meaning === undefined || meaning.problem !== undefined) throw unknownTag(marks.tag)
    return { ...base, type: meaning.type, value: meaning.value }
  }

  #checkTag(marks: Marks, kind: 'map' | 'seq'): void {
    if (marks.tag === undefined) return
    const name = tagName(marks.tag)
    if (name !== `tag:yaml.org,2002:${kind}` && name !== '!') throw unknownTag(marks.tag)
  }

  /** Only aliases let a small file stand for many values. */
  #grow(node: YamlNode, parts: readonly YamlNode[]): YamlNode {
    if (!this.#hasAlias) return node
    let size = 1
    for (const part of parts) size += part.kind === 'scalar' ? 1 : (this.#sizes.get(part) ?? 1)
    if (size > MOST_VALUES) throw tooMany(node.start)
    this.#sizes.set(node, size)
    return node
  }

  #seq(marks: Marks, items: readonly YamlNode[], end: number): YamlNode {
    this.#checkTag(marks, 'seq')
    items.forEach(refuseIndicator)
    const base = { source: this.#source, start: marks.start, end }
    return this.#grow({ kind: 'seq', ...base, items }, items)
  }

  #blockSeq(marks: Marks, indentless: boolean): YamlNode {
    const items: YamlNode[] = []
    if (!indentless) this.#take()
    while (this.#is(Token.blockEntry)) {
      const dash = this.#take()
      const { type } = this.#peek()
      const isEmpty =
        type === Token.blockEntry ||
        type === Token.blockEnd ||
        (indentless && (type === Token.key || type === Token.value))
      items.push(isEmpty ? this.#empty(dash.end) : this.#node(true, false))
    }
    const end = this.#peek().start
    if (!indentless) this.#closeBlock('list')
    return this.#seq(marks, items, end)
  }

  #closeBlock(what: string): void {
    if (this.#is(Token.value))
      throw new YamlProblem('a key is missing before this ":"', this.#peek().start)
    if (!this.#is(Token.blockEnd))
      throw new YamlProblem(
        `this line is not indented like the ${what} that it stands in`,
        this.#peek().start,
        'line it up with the lines above',
      )
    this.#take()
  }

  #blockMap(marks: Marks): YamlNode {
    const pairs: [YamlNode, YamlNode][] = []
    this.#take()
    while (this.#is(Token.key)) {
      const key = this.#blockPart()
      const value = this.#is(Token.value) ? this.#blockPart() : this.#empty(this.#peek().start)
      pairs.push([key, value])
    }
    const end = this.#peek().start
    this.#closeBlock('mapping')
    return this.#map(marks, pairs, end)
  }

  /** What follows a KEY or VALUE token in a block mapping. */
  #blockPart(): YamlNode {
    const token = this.#take()
    const { type } = this.#peek()
    if (type === Token.key || type === Token.value || type === Token.blockEnd)
      return this.#empty(token.end)
    return this.#node(true, true)
  }

  #flowSeq(marks: Marks): YamlNode {
    const open = this.#take()
    const items: YamlNode[] = []
    while (!this.#is(Token.flowSeqEnd)) {
      if (items.length > 0) this.#separator(open)
      if (this.#is(Token.key)) items.push(this.#flowPair())
      else if (!this.#is(Token.flowSeqEnd)) items.push(this.#node(false, false))
    }
    return this.#seq(marks, items, this.#take().end)
  }

  /** `[a: 1]`: a mapping of one pair. */
  #flowPair(): YamlNode {
    const start = this.#peek().start
    const key = this.#flowPart()
    const value = this.#is(Token.value) ? this.#flowPart() : this.#empty(this.#peek().start)
    return this.#map({ anchor: undefined, tag: undefined, start }, [[key, value]], value.end)
  }

  #flowMap(marks: Marks): YamlNode {
    const open = this.#take()
    const pairs: [YamlNode, YamlNode][] = []
    while (!this.#is(Token.flowMapEnd)) {
      if (pairs.length > 0) this.#separator(open)
      if (this.#is(Token.flowMapEnd)) break
      const hasKey = this.#is(Token.key)
      const key = hasKey ? this.#flowPart() : this.#node(false, false)
      const value =
        hasKey && this.#is(Token.value) ? this.#flowPart() : this.#empty(this.#peek().start)
      pairs.push([key, value])
    }
    return this.#map(marks, pairs, this.#take().end)
  }

  #flowPart(): YamlNode {
    const token = this.#take()
    const { type } = this.#peek()
    if (
      type === Token.value ||
      type === Token.flowEntry ||
      type === Token.flowSeqEnd ||
      type === Token.flowMapEnd
    )
      return this.#empty(token.end)
    return this.#node(false, false)
  }

  #separator(open: ScannedToken): void {
    if (this.#is(Token.flowEntry)) {
      this.#take()
      return
    }
    const bracket = open.type === Token.flowSeqStart ? '[' : '{'
    if (this.#is(Token.streamEnd))
      throw new YamlProblem(`this "${bracket}" is never closed`, open.start)
    throw new YamlProblem(
      `a "," or the end of the "${bracket}" is expected here`,
      this.#peek().start,
      'put values that hold brackets, braces or commas in quotes',
      open.start,
    )
  }

  #map(marks: Marks, pairs: readonly (readonly [YamlNode, YamlNode])[], end: number): YamlNode {
    this.#checkTag(marks, 'map')
    const own = new Map<string, MapEntry>()
    const merged = new Map<string, MapEntry>()
    const parts: YamlNode[] = []
    const twice: ScalarNode[] = []
    for (const [key, value] of pairs) {
      parts.push(value)
      if (isMergeKey(key)) this.#merge(merged, value)
      else {
        if (key.kind === 'scalar' && own.has(key.text)) twice.push(key)
        this.#add(own, key, value)
      }
    }
    const problem = twiceProblem(twice)
    if (problem !== undefined && this.problems.length < MOST_PROBLEMS) this.problems.push(problem)
    const base = { kind: 'map', source: this.#source, start: marks.start, end } as const
    if (merged.size === 0)
      return this.#grow({ ...base, entries: [...own.values()], byName: own }, parts)
    const kept = [...merged.values()].filter((entry) => !own.has(entry.name))
    for (const entry of kept) parts.push(entry.value)
    return this.#grow(mapNode(base, [...kept, ...own.values()]), parts)
  }

  #add(own: Map<string, MapEntry>, key: YamlNode, value: YamlNode): void {
    if (key.kind !== 'scalar')
      throw new YamlProblem(
        'a list or mapping cannot be a key',
        key.start,
        this.#source.text[key.start - 1] === '{'
          ? 'write "${{…}}", or put the value in quotes'
          : 'put values that begin with "{" or "[" in quotes',
      )
    refuseIndicator(value)
    own.set(key.text, { key, name: key.text, value })
  }

  /** Merges copy entries before the mapping that they go into can be counted. */
  #countMerged(map: MapNode): void {
    this.#merged += map.entries.length
    if (this.#merged > MOST_VALUES) throw tooMany(map.start)
  }

  #merge(into: Map<string, MapEntry>, value: YamlNode): void {
    const maps = value.kind === 'seq' ? value.items : [value]
    for (const map of maps) {
      if (map.kind !== 'map')
        throw new YamlProblem('"<<" merges a mapping or a list of mappings', map.start)
      this.#countMerged(map)
      for (const entry of map.entries) if (!into.has(entry.name)) into.set(entry.name, entry)
    }
  }
}

function tooMany(offset: number): YamlProblem {
  return new YamlProblem(
    `this stands for more than ${MOST_VALUES} values once its aliases are written out`,
    offset,
    'write the values that are meant',
  )
}

const QUOTE_IT = 'put it in quotes when it is meant as text'

/** As values these two words have a meaning in YAML 1.1 that no reader gives them. */
function refuseIndicator(node: YamlNode): void {
  if (node.kind !== 'scalar' || node.style !== 'plain') return
  if (node.text === '=' || node.text === '<<')
    throw new YamlProblem(`"${node.text}" by itself is no value`, node.start, QUOTE_IT)
}

function isMergeKey(key: YamlNode): boolean {
  return key.kind === 'scalar' && key.style === 'plain' && key.text === '<<'
}

function tagName(tag: ScannedToken): string {
  if (tag.text === '!') return '!'
  if (tag.text.startsWith('!!')) return `tag:yaml.org,2002:${tag.text.slice(2)}`
  return tag.text.startsWith('!<') ? tag.text.slice(2, -1) : tag.text
}

function unknownTag(tag: ScannedToken): YamlProblem {
  return new YamlProblem(
    `the tag "${tag.text}" does not fit this value or is not known`,
    tag.start,
    'take the tag away; put a text that begins with "!" in quotes',
  )
}
