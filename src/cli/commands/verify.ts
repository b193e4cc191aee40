import type { Run } from '../grammar/command.ts'

interface Verified {
  readonly checked: number
  readonly damaged: readonly { readonly path: string; readonly used_by: readonly string[] }[]
}

/** `server verify`: everything stored is read again; exit code 1 when something is not what was stored. */
export const verifyServer: Run = async (context) => {
  const client = await context.connect()
  const value = await client.post<Verified>('/server/verify')
  for (const { path, used_by } of value.damaged)
    context.log.error(`(DataChanged) ${path} is not what was stored${usersText(used_by)}`)
  if (value.damaged.length === 0) return { value }
  context.log.advice('Create it again from the same files, and the stored copy is replaced;')
  context.log.advice('a large folder: move the damaged copy away first.')
  return { value, exitCode: 1 }
}

const usersText = (users: readonly string[]) =>
  users.length === 0 ? '' : `; it is ${users.join(', ')}`
