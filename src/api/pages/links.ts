import { type Route, route } from '../route.ts'
import type { Services } from '../services.ts'
import { SIGN_IN_PATH, type SignIn } from './sign-in.ts'

/** The operation with which the command, which has the owner's token, sends a browser, which has none, to a page. */
export function pageLinkRoutes({ info }: Services, signIn: SignIn): Route[] {
  return [
    route({
      method: 'POST',
      path: '/page-links',
      summary: 'A link to a page; within a minute it signs in the browser that opens it first',
      body: { path: { type: 'string', required: true, doc: 'Path of the page: `/jobs/<name>`' } },
      handler: ({ body: { path } }) => {
        const query = new URLSearchParams({ code: signIn.issue(), to: path })
        return { url: `${info.url}${SIGN_IN_PATH}?${query}` }
      },
    }),
  ]
}
