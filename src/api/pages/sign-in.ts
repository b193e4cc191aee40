import { createHash, randomBytes } from 'node:crypto'

/** A link that signs a browser in is good for one use within this time. */
const CODE_LIFE_MS = 60_000
const SESSION_LIFE_MS = 12 * 60 * 60_000
export const SIGN_IN_PATH = '/sign-in'
const COOKIE = 'amlet_pages'

/**
 * How a browser, which cannot send the owner's token, comes to see pages: the command, which can, asks for a
 * link with a code, and the browser that opens it first gets a cookie. Both live in memory only.
 */
export class SignIn {
  readonly #codes = new Map<string, number>()
  readonly #sessions = new Map<string, number>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** A new code. */
  issue(): string {
    return remember(this.#codes, this.#now(), CODE_LIFE_MS)
  }

  /** The `Set-Cookie` value for the browser that shows a code first; undefined for a wrong, used or old one. */
  redeem(code: string): string | undefined {
    const isGood = isAlive(this.#codes, code, this.#now())
    this.#codes.delete(digest(code))
    if (!isGood) return undefined
    const session = remember(this.#sessions, this.#now(), SESSION_LIFE_MS)
    return `${COOKIE}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${SESSION_LIFE_MS / 1000}`
  }

  /** Whether a `Cookie` header belongs to a browser that has signed in. */
  isSignedIn(cookies = ''): boolean {
    return cookies.split(';').some((cookie) => {
      const [name, value = ''] = cookie.trim().split('=', 2)
      return name === COOKIE && isAlive(this.#sessions, value, this.#now())
    })
  }
}

/** Only digests are kept, so that looking one up tells nothing by the time it takes. */
function remember(known: Map<string, number>, nowMs: number, lifeMs: number): string {
  for (const [old, endMs] of known) if (endMs < nowMs) known.delete(old)
  const value = randomBytes(24).toString('base64url')
  known.set(digest(value), nowMs + lifeMs)
  return value
}

function isAlive(known: ReadonlyMap<string, number>, value: string, nowMs: number): boolean {
  return (known.get(digest(value)) ?? 0) >= nowMs
}

function digest(value: string): string {
  return createHash('sha256').update(value).digest('base64')
}
