import type { IncomingMessage } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SourceTree } from './source-tree.ts'
import type { Caller } from './tokens.ts'

/** One parameter or body field of an operation. The table gives checker, types and OpenAPI alike. */
export interface Field {
  readonly type: 'string' | 'integer' | 'boolean' | 'strings' | 'object' | 'any'
  readonly required?: boolean
  readonly enum?: readonly string[]
  readonly doc: string
}

export type Fields = Readonly<Record<string, Field>>

interface FieldTypes {
  readonly string: string
  readonly integer: number
  readonly boolean: boolean
  readonly strings: readonly string[]
  readonly object: Readonly<Record<string, unknown>>
  readonly any: unknown
}

type RequiredKeys<T extends Fields> = {
  [K in keyof T]: T[K] extends { readonly required: true } ? K : never
}[keyof T]

/** The checked values of a field table. Fields that were not sent are absent. */
export type Values<T extends Fields> = {
  readonly [K in RequiredKeys<T>]: FieldTypes[T[K]['type']]
} & { readonly [K in Exclude<keyof T, RequiredKeys<T>>]?: FieldTypes[T[K]['type']] }

/** A request whose parameters and body have been checked against the operation's tables. */
export interface ApiRequest<Q extends Fields = Fields, B extends Fields = Fields> {
  /** Names in the path; `path` is the checked rest of a path, without `.` and `..`. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Values<Q>
  readonly body: Values<B>
  readonly caller: Caller
  /** The files of whoever sent the request. */
  readonly tree: SourceTree
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
  /** For operations that take a stream of bytes. */
  readonly raw: IncomingMessage
}

export interface Operation<Q extends Fields, B extends Fields> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/api`; `{name}` is one segment, `{path*}` the rest. */
  readonly path: string
  /** Says what the operation does; the OpenAPI page's text. */
  readonly summary: string
  readonly query?: Q
  /** Absent: no body. `bytes`: the handler reads `raw` itself. */
  readonly body?: B | 'bytes'
  /** Status of a good answer; 200. */
  readonly status?: number
  readonly handler: (request: ApiRequest<Q, B>) => unknown
}

export type Route = Operation<Fields, Fields>

/** Declares an operation; the handler sees the types of its own tables. */
export function route<
  const Q extends Fields = Record<never, Field>,
  const B extends Fields = Record<never, Field>,
>(operation: Operation<Q, B>): Route {
  return operation as unknown as Route
}

/** An answer that goes on: one JSON value a line, until the iterable ends or the client goes away. */
export class NdjsonAnswer {
  readonly lines: AsyncIterable<unknown>

  constructor(lines: AsyncIterable<unknown>) {
    this.lines = lines
  }
}

/** An answer that is a file's bytes. */
export class FileAnswer {
  readonly file: string

  constructor(file: string) {
    this.file = file
  }
}

/** An answer that is JSON already. */
export class JsonText {
  readonly text: string | Buffer

  /** @param text as it is, or in UTF-8. */
  constructor(text: string | Buffer) {
    this.text = text
  }

  /** `{"value": […], …}`, put into words page by page, so that no more than one page is held as objects. */
  static ofPages(
    pages: Iterable<readonly unknown[]>,
    more: Readonly<Record<string, unknown>>,
  ): JsonText {
    const rest = Object.entries(more).map(
      ([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`,
    )
    const texts: string[] = []
    for (const page of pages) texts.push(...toItems(page))
    return new JsonText(`{"value":[${texts.join(',')}]${rest.join('')}}`)
  }

  /** A list, put into words page by page; other requests have their turn before each further page is read. */
  static async ofPagesInTurn(pages: Iterable<readonly unknown[]>): Promise<JsonText> {
    const texts: string[] = []
    for (const page of pages) {
      texts.push(...toItems(page))
      await nextTurn()
    }
    return new JsonText(`{"value":[${texts.join(',')}]}`)
  }
}

/** The items of a page as one text; nothing for an empty page. */
const toItems = (page: readonly unknown[]) =>
  page.length === 0 ? [] : [JSON.stringify(page).slice(1, -1)]
