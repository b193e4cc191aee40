import type { IncomingHttpHeaders } from 'node:http'
import { AmletError } from '../core/errors.ts'
import { type Caller, type TokenKeys, verifyToken } from './tokens.ts'

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]'])

export interface Admission {
  readonly isLocalSocket: boolean
  readonly keys: TokenKeys
  /** Whether a request without a token comes from a browser that has signed in, to a page. */
  readonly isKnown: () => boolean
}

/**
 * Lets a request in or throws. Requests over the unix socket come from the owner: its folder is closed to
 * everybody else. Over TCP any program and any web page can knock, so the host must be a loopback name (a page
 * cannot rebind its own name to this machine), the origin, if a browser sends one, must be the server's own, and a
 * token must be shown.
 *
 * @throws AmletError `Forbidden` for a foreign host or origin, `Unauthorized` without a valid token.
 */
export function admit(
  headers: IncomingHttpHeaders,
  { isLocalSocket, keys, isKnown }: Admission,
): Caller {
  if (isLocalSocket) return { type: 'owner' }
  checkHost(headers.host)
  checkOrigin(headers.origin, headers.host)
  const token = readToken(headers.authorization)
  if (token === undefined && isKnown()) return { type: 'owner' }
  if (token === undefined)
    throw unauthorized(
      'this request carries no token',
      'a browser is signed in by `amlet job show -n <job> --web` or `amlet job list --web`; a program sends `Authorization: Bearer <token>`',
    )
  const caller = verifyToken(token, keys)
  if (caller === undefined)
    throw unauthorized('the token of this request is not valid here', 'check AMLET_TOKEN')
  return caller
}

function checkHost(host = ''): void {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  if (LOOPBACK.has(name)) return
  throw new AmletError({
    code: 'Forbidden',
    message: `requests for the host "${host}" are not answered`,
    hint: 'address the server as 127.0.0.1 or localhost',
  })
}

function checkOrigin(origin: string | undefined, host = ''): void {
  if (origin === undefined || origin.toLowerCase() === `http://${host.toLowerCase()}`) return
  throw new AmletError({
    code: 'Forbidden',
    message: `requests from pages of "${origin}" are not answered`,
    hint: "only the server's own pages may call it from a browser",
  })
}

/** The token of `Bearer <token>`, or the password of `Basic`, which is all some clients can send. */
function readToken(authorization = ''): string | undefined {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(authorization.trim()) ?? []
  if (/^bearer$/i.test(scheme)) return value
  if (!/^basic$/i.test(scheme)) return undefined
  const decoded = Buffer.from(value, 'base64').toString()
  return decoded.slice(decoded.indexOf(':') + 1)
}

function unauthorized(message: string, hint: string): AmletError {
  return new AmletError({
    code: 'Unauthorized',
    message,
    hint: `${hint}; the token is in the file "token" of the server's home`,
  })
}
