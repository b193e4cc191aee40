import { AmletError } from '../core/errors.ts'
import { readBuild } from '../files/build-id.ts'
import type { Target } from './http.ts'

/** What a server answers about itself, in the headers of each answer. */
interface Served {
  readonly version: string
  /** Undefined for one that runs from sources, or is older than this header. */
  readonly build: string | undefined
}

/**
 * A server of another build may know less than this command asks of it, or more: when it refuses a request, that is
 * said first, and then its own words.
 */
export function explainRefusal(
  error: AmletError,
  served: Served,
  type: Target['type'],
): AmletError {
  if (served.build === readBuild()) return error
  const first = {
    code: 'ServerUnavailable',
    message: `the server is of another build of amlet (${served.version}) than this command, and refused what it asked`,
    hint:
      type === 'socket'
        ? 'run `amlet server stop`: running jobs go on, and the next command starts the server of this build'
        : 'use the amlet of that server, or stop it there (`amlet server stop`; running jobs go on) and start it from this build',
  } as const
  return new AmletError(first, error.diagnostics, { cause: error })
}
