/** One request of the list that both servers answer, in order. */
export interface RecordedRequest {
  /** What is asked, unique in the list. */
  readonly name: string
  /** `POST mlflow/runs/create`: below `/api/2.0/` unless it starts with `/`. `$x` is a value kept before. */
  readonly call: string
  readonly query?: readonly (readonly [string, string])[]
  /** JSON; a string is sent as it is. */
  readonly body?: unknown
  readonly contentType?: string | null
  /** Values to keep of the answer, by dotted path. */
  readonly keep?: Readonly<Record<string, string>>
}

/** Shorthand for a POST with a JSON body. */
export function post(
  name: string,
  path: string,
  body: unknown,
  keep?: Readonly<Record<string, string>>,
): RecordedRequest {
  return { name, call: `POST mlflow/${path}`, body, ...(keep && { keep }) }
}

/** Shorthand for a GET. */
export function get(
  name: string,
  path: string,
  query: Readonly<Record<string, string | readonly string[]>> = {},
  keep?: Readonly<Record<string, string>>,
): RecordedRequest {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    (typeof value === 'string' ? [value] : value).map((one) => [key, one] as const),
  )
  return { name, call: `GET mlflow/${path}`, query: pairs, ...(keep && { keep }) }
}

export function send(
  name: string,
  call: string,
  body?: unknown,
  keep?: Readonly<Record<string, string>>,
): RecordedRequest {
  return { name, call, ...(body !== undefined && { body }), ...(keep && { keep }) }
}
