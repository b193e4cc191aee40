/**
 * MLflow's own error vocabulary. One request has one error there, so unlike the rest of the core the readers of
 * this folder throw: their callers answer the first thing that is wrong, as `mlflow server` does.
 */

/** HTTP status by error code, as mlflow 3.17 answers. The client looks at the name first. */
const MLFLOW_ERRORS = {
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  NOT_FOUND: 404,
  RESOURCE_CONFLICT: 409,
  // `mlflow server` answers 500 here, which its client repeats for minutes.
  INVALID_STATE: 400,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
} as const

export type MlflowErrorCode = keyof typeof MLFLOW_ERRORS

/** What a MLflow request is answered with when it fails. */
export class MlflowError extends Error {
  readonly code: MlflowErrorCode
  readonly httpStatus: number

  constructor(
    code: MlflowErrorCode,
    message: string,
    options: ErrorOptions & { readonly httpStatus?: number } = {},
  ) {
    super(message, options)
    this.name = 'MlflowError'
    this.code = code
    this.httpStatus = options.httpStatus ?? MLFLOW_ERRORS[code]
  }
}

/** 400 INVALID_PARAMETER_VALUE. */
export function invalid(message: string): MlflowError {
  return new MlflowError('INVALID_PARAMETER_VALUE', message)
}

/** 404 RESOURCE_DOES_NOT_EXIST. */
export function notFound(message: string): MlflowError {
  return new MlflowError('RESOURCE_DOES_NOT_EXIST', message)
}

/** 400 RESOURCE_ALREADY_EXISTS: a name that is taken. */
export function alreadyExists(message: string): MlflowError {
  return new MlflowError('RESOURCE_ALREADY_EXISTS', message)
}

/** `Invalid value 1 for parameter 'x' supplied: why`, the value as compact JSON: tests match this text. */
export function invalidValue(path: string, value: unknown, why?: string): MlflowError {
  const shown = compactJson(value)
  const start = `Invalid value ${shown} for parameter '${path}' supplied`
  return invalid(why === undefined ? `${start}.` : `${start}: ${why}`)
}

export function missingValue(path: string): MlflowError {
  return invalid(`Missing value for required parameter '${path}'.`)
}

/** Compact JSON with sorted keys and only ASCII in it, as Python writes it into messages. */
function compactJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, entry: unknown) => {
    if (typeof entry === 'bigint') return Number(entry)
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return entry
    const sorted = Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(sorted)
  })
  return (text ?? 'null').replaceAll(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
