/** Every error amlet raises on purpose. docs/errors.md has one heading per row; a test compares them. */
export const ERROR_CODES = {
  // What a file says.
  YamlSyntax: { kind: 'user', http: 400 },
  UnknownField: { kind: 'user', http: 400 },
  MissingField: { kind: 'user', http: 400 },
  InvalidValue: { kind: 'user', http: 400 },
  WrongKind: { kind: 'user', http: 400 },
  BindingNotFound: { kind: 'user', http: 400 },
  PipelineCycle: { kind: 'user', http: 400 },
  FileNotFound: { kind: 'user', http: 400 },
  InvalidReference: { kind: 'user', http: 400 },
  /** Something else is used than what was named; a warning, and with `--strict` an error. */
  Substitution: { kind: 'user', http: 400 },
  /** Only ever a warning: what something was understood as. */
  Note: { kind: 'user', http: 400 },
  // What a request names.
  ResourceNotFound: { kind: 'user', http: 404 },
  AssetExists: { kind: 'conflict', http: 409 },
  JobExists: { kind: 'conflict', http: 409 },
  StaleWrite: { kind: 'conflict', http: 409 },
  InvalidState: { kind: 'conflict', http: 409 },
  UsageError: { kind: 'usage', http: 400 },
  Unauthorized: { kind: 'user', http: 401 },
  Forbidden: { kind: 'user', http: 403 },
  RequestTooLarge: { kind: 'usage', http: 413 },
  OperationNotSupported: { kind: 'unsupported', http: 501 },
  // What a job meets.
  UserError: { kind: 'user', http: 400 },
  OutputMissing: { kind: 'user', http: 400 },
  EnvironmentBuildFailed: { kind: 'user', http: 400 },
  DataChanged: { kind: 'user', http: 409 },
  // What is wrong with the place.
  ExecutorUnavailable: { kind: 'system', http: 503 },
  HomeInUse: { kind: 'conflict', http: 409 },
  PortInUse: { kind: 'conflict', http: 409 },
  ServerUnavailable: { kind: 'system', http: 503 },
  StorageFailure: { kind: 'system', http: 500 },
  InternalError: { kind: 'system', http: 500 },
} as const satisfies Record<string, ErrorRow>

interface ErrorRow {
  readonly kind: 'user' | 'usage' | 'conflict' | 'unsupported' | 'system'
  readonly http: number
}

export type ErrorCode = keyof typeof ERROR_CODES

/** Where something stands in a file a person wrote. */
export interface SourceRef {
  /** Absolute path, or a name such as `<stdin>`. */
  readonly file: string
  /** Both from 1. */
  readonly line: number
  readonly column: number
  /** Dotted YAML path, `jobs.train.inputs.model`; `''` for the whole file. */
  readonly path?: string | undefined
  /** The text of that line, so that it can be shown with a caret where the file is not at hand. */
  readonly text?: string | undefined
}

export interface Diagnostic {
  readonly code: ErrorCode
  /** One sentence, no full stop, naming the offending value. */
  readonly message: string
  readonly severity?: 'error' | 'warning' | undefined
  readonly source?: SourceRef | undefined
  /** What to do next, as an instruction. Left out when we do not know. */
  readonly hint?: string | undefined
}

/** Diagnostics that stop the work in hand. Thrown at the edges only; the core returns diagnostics. */
export class AmletError extends Error {
  readonly diagnostics: readonly [Diagnostic, ...Diagnostic[]]

  constructor(first: Diagnostic, rest: readonly Diagnostic[] = [], options?: ErrorOptions) {
    super(first.message, options)
    this.name = 'AmletError'
    this.diagnostics = [first, ...rest]
  }

  /** The code of the first diagnostic; it decides the HTTP status and the exit code. */
  get code(): ErrorCode {
    return this.diagnostics[0].code
  }
}

/** Throws an `AmletError` holding `diagnostics` when one of them is an error; warnings pass. */
export function throwOnErrors(diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity !== 'warning')
  const [first, ...rest] = errors
  if (first !== undefined) throw new AmletError(first, rest)
}
