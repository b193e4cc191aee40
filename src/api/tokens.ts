import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** An attempt of a job, whose processes ask. */
export interface AskingAttempt {
  readonly jobName: string
  readonly attempt: string
}

/** Who a request comes from: the owner of the home, or a process of one of its jobs. */
export type Caller = { readonly type: 'owner' } | ({ readonly type: 'job' } & AskingAttempt)

export interface TokenKeys {
  /** Content of the home's `token` file. */
  readonly token: string
  /** Content of the home's `secret` file. */
  readonly secret: string
}

const JOB_TOKEN = /^amj\.([A-Za-z0-9_-]+)\.([A-Za-z0-9-]+)\.([A-Za-z0-9_-]+)$/

/**
 * The token that the processes of an attempt use. Made of the names of job and attempt and the home's secret alone, so
 * it stays valid after a restart and nothing has to be stored.
 */
export function jobToken(secret: string, asking: AskingAttempt): string {
  const name = Buffer.from(asking.jobName).toString('base64url')
  return `amj.${name}.${asking.attempt}.${mac(secret, asking)}`
}

/** Says whose token this is; undefined when it is nobody's. Compares in constant time. */
export function verifyToken(token: string, keys: TokenKeys): Caller | undefined {
  if (isSame(token, keys.token)) return { type: 'owner' }
  const [, encoded, attempt, signature] = JOB_TOKEN.exec(token) ?? []
  if (encoded === undefined || attempt === undefined || signature === undefined) return undefined
  const asking = { jobName: Buffer.from(encoded, 'base64url').toString(), attempt }
  return isSame(signature, mac(keys.secret, asking)) ? { type: 'job', ...asking } : undefined
}

function mac(secret: string, { jobName, attempt }: AskingAttempt): string {
  return createHmac('sha256', secret).update(`job:${jobName}:${attempt}`).digest('base64url')
}

function isSame(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return right !== '' && timingSafeEqual(digest(left), digest(right))
}
