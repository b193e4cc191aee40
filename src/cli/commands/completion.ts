import { AmletError } from '../../core/errors.ts'
import { bashScript } from '../completion/bash.ts'
import { zshScript } from '../completion/zsh.ts'
import type { Context } from '../context.ts'
import type { Run } from '../grammar/command.ts'

/** `completion bash`: a script that needs no process of amlet for words, options and fixed values. */
export const printCompletion: Run = async (_context, args) => ({
  text: args.words[0] === 'zsh' ? zshScript() : bashScript(),
})

const COLLECTIONS: Readonly<Record<string, string>> = {
  job: '/jobs',
  compute: '/computes',
  datastore: '/datastores',
  schedule: '/schedules',
  data: '/data',
  model: '/models',
  environment: '/environments',
  component: '/components',
  registry: '/registries',
}

/** `__complete KIND [NAME]`: names of what there is, or versions of an asset. Never starts a server, never fails. */
export const completeWord: Run = async (context, args) => {
  const [kind = '', name] = args.words
  const path = COLLECTIONS[kind]
  if (path === undefined) return {}
  try {
    return { text: (await namesOf(context, path, name)).map((word) => `${word}\n`).join('') }
  } catch (error) {
    if (error instanceof AmletError) return {}
    throw error
  }
}

async function namesOf(context: Context, path: string, name?: string): Promise<string[]> {
  const client = await context.connect({ autoStart: false })
  const brief = path === COLLECTIONS['job'] ? { brief: true } : {}
  const query = { max_results: 200, ...brief, ...(name ? { name } : {}) }
  const { value } = await client.get<{ value: readonly Record<string, unknown>[] }>(path, { query })
  const key = name ? 'version' : 'name'
  return [...new Set(value.map((row) => String(row[key] ?? '')))].filter(Boolean)
}
