import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** Who a request comes from: the owner of the home, or a process of one of its jobs. */
export type Caller = { readonly type: 'owner' } | { readonly type: 'job'; readonly jobName: string }

export interface TokenKeys {
  /** Content of the home's `token` file. */
  readonly token: string
  /** Content of the home's `secret` file. */
  readonly secret: string
}

const JOB_TOKEN = /^amj\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/

/**
 * The token that a job's processes use. Made of the job's name and the home's secret alone, so it stays valid
 * after a restart and nothing has to be stored.
 */
export function jobToken(secret: string, jobName: string): string {
  return `amj.${Buffer.from(jobName).toString('base64url')}.${mac(secret, jobName)}`
}

/** Says whose token this is; undefined when it is nobody's. Compares in constant time. */
export function verifyToken(token: string, keys: TokenKeys): Caller | undefined {
  if (isSame(token, keys.token)) return { type: 'owner' }
  const [, encoded, signature] = JOB_TOKEN.exec(token) ?? []
  if (encoded === undefined || signature === undefined) return undefined
  const jobName = Buffer.from(encoded, 'base64url').toString()
  return isSame(signature, mac(keys.secret, jobName)) ? { type: 'job', jobName } : undefined
}

function mac(secret: string, jobName: string): string {
  return createHmac('sha256', secret).update(`job:${jobName}`).digest('base64url')
}

function isSame(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return right !== '' && timingSafeEqual(digest(left), digest(right))
}
