import { AmletError, type Diagnostic, ERROR_CODES } from '../core/errors.ts'
import type { ErrorBody } from '../core/wire.ts'

/**
 * Any thrown value as the one wire form of errors. What was not raised on purpose becomes `InternalError`; its
 * text and stack go to the server's log, never into an answer.
 */
export function toErrorBody(error: unknown): { readonly status: number; readonly body: ErrorBody } {
  if (error instanceof AmletError) return fromDiagnostics(error.diagnostics)
  return fromDiagnostics([fromForeign(error)])
}

/** True when the error says something is wrong with the server, so that its log must have it. */
export function isUnexpected(error: unknown): boolean {
  const { code } = error instanceof AmletError ? error.diagnostics[0] : fromForeign(error)
  return ERROR_CODES[code].kind === 'system'
}

function fromDiagnostics(diagnostics: readonly [Diagnostic, ...Diagnostic[]]): {
  status: number
  body: ErrorBody
} {
  const [{ code, message, source }] = diagnostics
  const target = source?.path
  return {
    status: ERROR_CODES[code].http,
    body: {
      error: { code, message, ...(target ? { target } : {}), details: diagnostics },
    },
  }
}

/** Errors of the HTTP library carry a status; anything else is ours to mend. */
function fromForeign(error: unknown): Diagnostic {
  const { statusCode = 500, message = '' } = error as { statusCode?: number; message?: string }
  if (statusCode === 413)
    return {
      code: 'RequestTooLarge',
      message: 'the body of this request is larger than the server takes',
      hint: 'send files through the upload operations, not inside a request',
    }
  if (statusCode >= 400 && statusCode < 500)
    return { code: 'UsageError', message: `the request cannot be read: ${message}` }
  return {
    code: 'InternalError',
    message: 'the server met an error of its own',
    hint: 'see `amlet server logs`',
  }
}
