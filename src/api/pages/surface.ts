import type { IncomingMessage } from 'node:http'
import type { Services } from '../services.ts'
import type { Surface } from '../surfaces.ts'
import { SIGN_IN_PATH, type SignIn } from './sign-in.ts'

/** Pages for a browser: jobs, and one job. They show and change nothing. Loaded when the first is asked for. */
export function pagesSurface(services: Services, signIn: SignIn): Surface {
  return {
    prefixes: ['/', '/jobs', SIGN_IN_PATH],
    admit: (request) => admitBrowser(request, signIn),
    load: async () => (await import('./serve.ts')).servePages(services, signIn),
  }
}

/** Reading only: the cookie is worth nothing for anything else. The code is looked at by the page itself. */
function admitBrowser({ method, url = '', headers }: IncomingMessage, signIn: SignIn): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  return url.startsWith(`${SIGN_IN_PATH}?`) || signIn.isSignedIn(headers.cookie)
}
